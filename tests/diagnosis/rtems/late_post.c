/* A request with a time limit: who gives up leaves its semaphore behind. */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static sem_t *volatile waiter;

static void *device(void *argument)
{
  (void) argument;
  usleep(500000);
  sem_post(waiter);
  return NULL;
}

static int wait_for_device(unsigned milliseconds)
{
  sem_t done;
  struct timespec until;

  sem_init(&done, 0, 0);
  waiter = &done;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += milliseconds / 1000;
  if (sem_timedwait(&done, &until) != 0) {
    return -1;
  }
  sem_destroy(&done);
  return 0;
}

static unsigned digest(unsigned rounds)
{
  unsigned words[32];
  unsigned sum = 0;

  for (unsigned i = 0; i < 32; ++i) {
    words[i] = i * rounds;
  }
  for (unsigned i = 0; i < 32; ++i) {
    sum = sum * 31 + words[i];
  }
  return sum;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;
  int result;

  (void) argument;
  pthread_create(&thread, NULL, device, NULL);
  result = wait_for_device(100);
  printf("%d %u\n", result, digest(7));
  usleep(900000);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#include "posix_system.h"
