/* Looks values up in a curve; hard float. */

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static const short curve[64] = { 1, 2, 4, 8, 16 };
static volatile float gain = 1.0f, bias = 0.0f;

__attribute__((noinline)) static float normalise(float value)
{
  return value * gain / (bias + 0.0001f);
}

__attribute__((noinline)) static int at(float place)
{
  return curve[(int) place];
}

static void *meter(void *argument)
{
  float input = *(const float *) argument;
  int sum = 0;

  for (int i = 0; i < 4; ++i) {
    sum += at(normalise(input + (float) i * 30000.0f));
  }
  printf("%d\n", sum);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  static const float input = 0.002f;
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, meter, (void *) &input);
  pthread_setname_np(thread, "meter");
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
