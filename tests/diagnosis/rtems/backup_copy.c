/* A record is backed up while it may be written: a sequence number says whether it was whole. */
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  uint32_t serial;
  uint32_t words[6];
  uint32_t sum;
} record;

static record live;

static uint32_t sum_of(const record *of)
{
  uint32_t sum = of->serial;

  for (int i = 0; i < 6; ++i) {
    sum += of->words[i];
  }
  return sum;
}

static void update(uint32_t serial)
{
  live.serial = serial;
  for (uint32_t i = 0; i < 6; ++i) {
    live.words[i] = serial * 10 + i;
    if (i == 2) {
      sched_yield();
    }
  }
  live.sum = sum_of(&live);
}

static void back_up(record *to)
{
  *to = live;
  assert(to->sum == sum_of(to));
}

static void *writer(void *argument)
{
  (void) argument;
  for (uint32_t serial = 1; serial < 10; ++serial) {
    update(serial);
    usleep(20000);
  }
  return NULL;
}

static void *keeper(void *argument)
{
  static record copies[4];

  (void) argument;
  for (int i = 0; i < 4; ++i) {
    back_up(&copies[i]);
    usleep(20000);
  }
  puts("kept");
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  update(0);
  pthread_create(&threads[0], NULL, writer, NULL);
  pthread_create(&threads[1], NULL, keeper, NULL);
  pthread_join(threads[1], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
