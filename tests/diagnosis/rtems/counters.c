/* A worker publishes its counters; a supervisor may look at them, and resets them now and then. */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

struct counters {
  unsigned rounds;
  unsigned errors;
};

static struct counters *counters;
static sem_t published, finished;

static void *worker(void *argument)
{
  struct counters mine = { .rounds = 0, .errors = 0 };

  for (int i = 0; i < 50; ++i) {
    ++mine.rounds;
    mine.errors += i % 9 == 0;
  }
  counters = &mine;
  sem_post(&published);
  sem_wait(&finished);
  return argument;
}

static void print_counters(const struct counters *from)
{
  printf("%u rounds, %u errors\n", from->rounds, from->errors);
}

static void reset_counters(struct counters *which)
{
  which->rounds = 0;
  which->errors = 0;
}

static void supervise(pthread_t thread)
{
  sem_wait(&published);
  rtems_share_stack(pthread_self(), thread, PROT_READ);
  print_counters(counters);
  reset_counters(counters);
  print_counters(counters);
  sem_post(&finished);
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  sem_init(&published, 0, 0);
  sem_init(&finished, 0, 0);
  pthread_create(&thread, NULL, worker, NULL);
  supervise(thread);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_MAXIMUM_POSIX_SHMS 1
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4
#include "posix_system.h"
