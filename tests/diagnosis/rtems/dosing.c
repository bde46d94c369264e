/* Doses are computed by percent; a recipe's parts must make 100. */
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  uint8_t percent[4];
  uint8_t parts;
} recipe;

static recipe recipes[2] = { { { 50, 30, 20 }, 3 }, { { 40, 40, 20 }, 3 } };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void shift_percent(recipe *of, unsigned from, unsigned to, uint8_t by)
{
  of->percent[from] -= by;
  of->percent[to] += by;
}

static unsigned total_of(const recipe *of)
{
  unsigned total = 0;

  for (unsigned i = 0; i < of->parts; ++i) {
    total += of->percent[i];
  }
  return total;
}

static void *tuner(void *argument)
{
  (void) argument;
  for (uint8_t by = 5; by < 30; by += 10) {
    pthread_mutex_lock(&lock);
    shift_percent(&recipes[1], 2, 0, by);
    pthread_mutex_unlock(&lock);
    usleep(20000);
  }
  return NULL;
}

static void *doser(void *argument)
{
  (void) argument;
  for (int i = 0; i < 5; ++i) {
    pthread_mutex_lock(&lock);
    assert(total_of(&recipes[1]) == 100);
    pthread_mutex_unlock(&lock);
    usleep(20000);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, tuner, NULL);
  pthread_create(&threads[1], NULL, doser, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
