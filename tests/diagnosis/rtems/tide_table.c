/* Tides of a year by the hour: a cursor of 16 bits walks through the table. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { HOURS = 1200 };

typedef struct {
  int16_t *first;
  int16_t count;
  int16_t at;
} cursor;

static int16_t *tides;
static int32_t total;

static int16_t level_at(uint32_t hour)
{
  return (int16_t) ((hour * 37) % 120 - 60);
}

static void fill(int16_t *table, uint32_t hours)
{
  for (uint32_t i = 0; i < hours; ++i) {
    table[i] = level_at(i);
  }
}

static int16_t next(cursor *of, int16_t step)
{
  of->at += step;
  return of->first[of->at];
}

static void *harbour(void *argument)
{
  cursor walk = { tides, HOURS, 0 };

  (void) argument;
  for (uint32_t day = 0; day < 40; ++day) {
    total += next(&walk, (int16_t) (day * 64));
  }
  printf("total %ld\n", (long) total);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  tides = malloc(HOURS * sizeof(*tides));
  fill(tides, HOURS);
  pthread_create(&thread, NULL, harbour, NULL);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
