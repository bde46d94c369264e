/* A gain is looked up in a table by the level of the signal, which is a floating-point number. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

#define STEPS 32

static float gains[STEPS];

union level {
  float volts;
  int step;
};

static void make_curve(void)
{
  for (int i = 0; i < STEPS; ++i) {
    gains[i] = 1.0f / (1.0f + 0.25f * (float) i);
  }
}

static union level measure(unsigned n)
{
  union level level;

  level.volts = 0.5f * (float) (n % 40);
  return level;
}

static float gain_at(union level level)
{
  return gains[level.step];
}

static float process(unsigned count)
{
  float sum = 0;

  for (unsigned n = 0; n < count; ++n) {
    union level level = measure(n);

    sum += level.volts * gain_at(level);
  }
  return sum;
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  make_curve();
  printf("%d mV\n", (int) (1000 * process(100)));
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_INIT_TASK_ATTRIBUTES RTEMS_FLOATING_POINT
#include "classic_system.h"
