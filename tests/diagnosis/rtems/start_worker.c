/* Jobs are handed to worker threads by a pointer to what they need. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rtems.h>

struct job {
  int first;
  int last;
  long sum;
};

static void *add_up(void *argument)
{
  struct job *job = argument;

  for (int i = job->first; i <= job->last; ++i) {
    job->sum += i;
  }
  return NULL;
}

static pthread_t start_job(int first, int last)
{
  struct job job = { .first = first, .last = last, .sum = 0 };
  pthread_t thread;

  if (pthread_create(&thread, NULL, add_up, &job) != 0) {
    perror("pthread_create");
    exit(1);
  }
  return thread;
}

static void print_banner(void)
{
  printf("adding up\n");
  usleep(10000);
}

void *POSIX_Init(void *argument)
{
  pthread_t low = start_job(1, 50);
  pthread_t high = start_job(51, 100);

  (void) argument;
  print_banner();
  pthread_join(low, NULL);
  pthread_join(high, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
