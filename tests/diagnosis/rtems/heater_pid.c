/* A heater's controller: integral and limit are floats; the duty becomes an index into a table of pulses. */
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  float wanted;
  float integral;
  float gain;
  float limit;
} controller;

static controller heaters[2] = { { 60.0f, 0.0f, 0.5f, 100.0f }, { 45.0f, 0.0f, 0.5f, 10.0f } };
static float temperatures[2] = { 20.0f, 20.0f };

static void set_gain(controller *of, float gain)
{
  of->gain = gain;
}

static float duty_of(controller *of, float measured)
{
  float error = of->wanted - measured;

  of->integral += error * of->gain;
  return of->integral;
}

static void apply(unsigned number, float duty)
{
  assert(duty <= heaters[number].limit);
  temperatures[number] += duty * 0.2f;
}

static void *regulator(void *argument)
{
  unsigned number = (unsigned) (uintptr_t) argument;

  for (int i = 0; i < 8; ++i) {
    apply(number, duty_of(&heaters[number], temperatures[number]));
    usleep(10000);
  }
  return NULL;
}

static void *tuner(void *argument)
{
  (void) argument;
  usleep(35000);
  set_gain(&heaters[0], 50.0f);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, regulator, (void *) 0);
  pthread_create(&threads[1], NULL, tuner, NULL);
  pthread_join(threads[0], NULL);
  printf("%f\n", (double) temperatures[0]);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
