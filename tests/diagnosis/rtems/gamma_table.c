/* A gamma table is filled at start, up to the highest value that the display takes. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint16_t gamma_of[256];

typedef struct {
  uint8_t lowest;
  uint8_t highest;
  uint16_t gain;
} display_limits;

static const display_limits displays[] = { { 0, 63, 4 }, { 16, 240, 3 }, { 0, 255, 2 } };
static volatile unsigned filled;

static void fill_table(const display_limits *limits)
{
  for (uint8_t value = limits->lowest; value <= limits->highest; ++value) {
    gamma_of[value] = (uint16_t) (value * value / 255u * limits->gain);
  }
  ++filled;
}

static void *painter(void *argument)
{
  const display_limits *limits = argument;

  fill_table(limits);
  printf("display up to %u: %u\n", limits->highest, gamma_of[limits->highest]);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  for (unsigned i = 0; i < sizeof(displays) / sizeof(displays[0]); ++i) {
    pthread_create(&thread, NULL, painter, (void *) &displays[i]);
    pthread_join(thread, NULL);
  }
  printf("%u tables\n", filled);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
