/* A worker leaves its result on its stack; the main thread has a share of that to read it. */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rtems.h>
#include <rtems/share_stack.h>

struct result {
  unsigned count;
  unsigned sum;
};

static const struct result *volatile published;
static sem_t ready, seen;

static void *worker(void *argument)
{
  struct result result = { .count = 0, .sum = 0 };

  for (unsigned i = 1; i <= (unsigned) (size_t) argument; ++i) {
    ++result.count;
    result.sum += i * i;
  }
  published = &result;
  sem_post(&ready);
  sem_wait(&seen);
  return NULL;
}

static void open_stack(pthread_t thread)
{
  rtems_share_stack(pthread_self(), thread, PROT_READ);
}

static void show(void)
{
  sem_wait(&ready);
  printf("sum of %u squares: %u\n", published->count, published->sum);
  sem_post(&seen);
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  sem_init(&ready, 0, 0);
  sem_init(&seen, 0, 0);
  pthread_create(&thread, NULL, worker, (void *) 12);
  open_stack(thread);
  show();
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4
#include "posix_system.h"
