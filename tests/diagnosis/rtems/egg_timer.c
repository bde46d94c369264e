/* Cooks eggs: an alarm says when they are done. */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile int done;

static void ring(int number)
{
  (void) number;
  done = 1;
}

static void install(void)
{
  struct sigaction action = { .sa_handler = ring };

  sigemptyset(&action.sa_mask);
  sigaction(SIGUSR1, &action, NULL);
}

static void boil(unsigned seconds)
{
  install();
  alarm(seconds);
}

static int wait_done(void)
{
  int turns = 0;

  while (!done) {
    usleep(100000);
    ++turns;
  }
  return turns;
}

void *POSIX_Init(void *argument)
{
  (void) argument;
  boil(2);
  printf("%d turns\n", wait_done());
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 1
#include "posix_system.h"
