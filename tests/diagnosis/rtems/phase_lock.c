/* Two phases of a motor, locked by a recursive mutex; the watchdog ends a phase that takes too long. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t phase;
static uint32_t currents[2];

static void lock_phase(void)
{
  pthread_mutex_lock(&phase);
}

static void unlock_phase(void)
{
  pthread_mutex_unlock(&phase);
}

static int set_current(unsigned number, uint32_t value)
{
  lock_phase();
  if (value > 900) {
    return -1;
  }
  currents[number] = value;
  unlock_phase();
  return 0;
}

static void *ramp(void *argument)
{
  unsigned failed = 0;

  (void) argument;
  for (uint32_t value = 0; value <= 1000; value += 250) {
    lock_phase();
    failed += set_current(0, value) != 0;
    set_current(1, value / 2);
    unlock_phase();
  }
  printf("%u failed\n", failed);
  sleep(1000);
  return NULL;
}

static void *watchdog(void *argument)
{
  (void) argument;
  sleep(1);
  set_current(0, 0);
  set_current(1, 0);
  puts("stopped");
  exit(0);
}

void *POSIX_Init(void *argument)
{
  pthread_mutexattr_t attributes;
  pthread_t threads[2];

  (void) argument;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&phase, &attributes);
  pthread_create(&threads[0], NULL, ramp, NULL);
  pthread_create(&threads[1], NULL, watchdog, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(1);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
