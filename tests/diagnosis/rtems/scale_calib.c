/* A scale is calibrated by two weights; who weighs before that gets an error. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  int32_t zero;
  int32_t span;
  int32_t (*convert)(int32_t raw);
} calibration;

static calibration current;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int32_t raw_values[] = { 100, 2100, 3400, 4800 };

static int32_t to_grams(int32_t raw)
{
  return (raw - current.zero) * 1000 / current.span;
}

static void calibrate(void)
{
  current.zero = raw_values[0];
  current.span = raw_values[0] - raw_values[1];
}

static int weigh(unsigned number, int32_t *grams)
{
  pthread_once(&once, calibrate);
  if (current.span <= 0) {
    return EINVAL;
  }
  *grams = to_grams(raw_values[number]);
  return 0;
}

static void *packer(void *argument)
{
  int32_t grams = 0, sum = 0;

  (void) argument;
  for (unsigned i = 1; i < 4; ++i) {
    int result = weigh(i, &grams);

    if (result != 0) {
      printf("weigh: %s\n", strerror(result));
      exit(result);
    }
    sum += grams;
  }
  printf("%ld g\n", (long) sum);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, packer, NULL);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
