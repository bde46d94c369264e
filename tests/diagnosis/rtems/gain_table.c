/* The gain of an amplifier is taken from a table, by the ratio of two levels. */
#include <rtems.h>
#include <stdio.h>
#include <stdlib.h>

struct levels {
  float in;
  float out;
};

static const float steps[17] = { 0.0f, 0.5f, 1.0f, 1.5f, 2.0f, 2.5f, 3.0f, 3.5f, 4.0f };
static struct levels levels;
static float reference;
static rtems_id measured;

static void measure(int round)
{
  levels.in = 0.25f * (float) (3 - round) + 1e-9f;
  levels.out = 0.5f * levels.in + 0.1f;
}

static float ratio_of(const struct levels *now)
{
  return now->out / now->in;
}

static float gain_of(float ratio)
{
  int step = (int) (ratio * 2.0f);

  return steps[step];
}

static rtems_task regulator(rtems_task_argument argument)
{
  (void) argument;
  for (;;) {
    rtems_semaphore_obtain(measured, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    reference += gain_of(ratio_of(&levels));
  }
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  (void) argument;
  rtems_semaphore_create(rtems_build_name('M', 'E', 'A', 'S'), 0, RTEMS_COUNTING_SEMAPHORE, 0, &measured);
  rtems_task_create(rtems_build_name('R', 'E', 'G', 'U'), 20, 4096, RTEMS_DEFAULT_MODES, RTEMS_FLOATING_POINT, &id);
  rtems_task_start(id, regulator, 0);
  for (int round = 0; round < 5; ++round) {
    measure(round);
    rtems_semaphore_release(measured);
    rtems_task_wake_after(1);
  }
  printf("%d\n", (int) (reference * 100.0f));
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 5
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#define CONFIGURE_MAXIMUM_TIMERS 3
#include "classic_system.h"
