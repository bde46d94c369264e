/* A meter measures; an alarm signal asks how far it is. */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct progress {
  unsigned done;
  unsigned asked;
};

static struct progress *volatile current;

static void on_alarm(int number)
{
  struct progress *progress = current;

  (void) number;
  if (progress != NULL) {
    progress->asked = progress->done;
  }
}

static unsigned sample(unsigned i)
{
  usleep(10000);
  return i * 3 & 7;
}

static void *meter(void *argument)
{
  struct progress progress = { 0, 0 };
  unsigned sum = 0;
  sigset_t all;

  (void) argument;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  current = &progress;
  for (unsigned i = 0; i < 200; ++i) {
    sum += sample(i);
    progress.done = i;
  }
  current = NULL;
  printf("%u, asked at %u\n", sum, progress.asked);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  struct sigaction action = { .sa_handler = on_alarm };
  pthread_t thread;

  (void) argument;
  sigaction(SIGALRM, &action, NULL);
  pthread_create(&thread, NULL, meter, NULL);
  alarm(1);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#include "posix_system.h"
