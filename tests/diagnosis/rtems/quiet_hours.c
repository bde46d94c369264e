/* A bell is silent in quiet hours; a watcher waits for the time in a timed wait. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool quiet;
static unsigned rung;

static bool wait_for_quiet(unsigned milliseconds)
{
  struct timespec until;
  int result = 0;

  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += milliseconds * 1000000L;
  pthread_mutex_lock(&lock);
  while (!quiet && result == 0) {
    result = pthread_cond_timedwait(&changed, &lock, &until);
  }
  pthread_mutex_unlock(&lock);
  return result == 0;
}

static void *watcher(void *argument)
{
  (void) argument;
  bool was_quiet = wait_for_quiet(1800);

  assert(was_quiet);
  return NULL;
}

static void *evening(void *argument)
{
  (void) argument;
  usleep(900000);
  pthread_mutex_lock(&lock);
  quiet = true;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  usleep(300000);
  pthread_create(&threads[0], NULL, watcher, NULL);
  pthread_create(&threads[1], NULL, evening, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  printf("rung %u\n", rung);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
