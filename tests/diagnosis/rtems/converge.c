/* A filter that is run until it does not change any more. */

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct filter {
  float gain;
  float state;
};

static float inputs[] = { 1.0f, 2.5f, 0.0f, 4.0f };

static float normalised(float value, float reference)
{
  return value / reference;
}

static void step(struct filter *filter, float input)
{
  filter->state += filter->gain * (input - filter->state);
}

static unsigned settle(struct filter *filter, float input)
{
  unsigned rounds = 0;
  float before;

  do {
    before = filter->state;
    step(filter, input);
    ++rounds;
  } while (!(fabsf(filter->state - before) < 0.001f));
  return rounds;
}

static unsigned settle_all(struct filter *filter)
{
  unsigned rounds = 0;

  for (unsigned i = 0; i < 4; ++i) {
    float scaled = normalised(inputs[i] * 0.0f, i == 2 ? inputs[2] : 1.0f) + inputs[i];

    rounds += settle(filter, scaled);
  }
  return rounds;
}

void *POSIX_Init(void *argument)
{
  struct filter filter = { 0.5f, 0.0f };

  (void) argument;
  printf("%u rounds\n", settle_all(&filter));
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 1
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
