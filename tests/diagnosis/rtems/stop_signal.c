/* A worker that is told to stop by a signal. */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <rtems.h>

static volatile sig_atomic_t stop;
static unsigned long rounds;

static void on_stop(int signal)
{
  (void) signal;
  stop = 1;
}

static void catch_stop(void)
{
  struct sigaction action;

  action.sa_handler = on_stop;
  action.sa_flags = 0;
  sigemptyset(&action.sa_mask);
  sigaction(SIGUSR1, &action, NULL);
}

static void one_round(void)
{
  const struct timespec tick = { 0, 10000000L };

  ++rounds;
  nanosleep(&tick, NULL);
}

static void *worker(void *argument)
{
  (void) argument;
  catch_stop();
  while (!stop) {
    one_round();
  }
  return NULL;
}

static void stop_worker(pthread_t thread)
{
  int error = pthread_kill(thread, SIGUSR2);

  if (error != 0) {
    printf("no such thread: %d\n", error);
  }
}

void *POSIX_Init(void *argument)
{
  const struct timespec wait = { 0, 95000000L };
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, worker, NULL);
  nanosleep(&wait, NULL);
  stop_worker(thread);
  pthread_join(thread, NULL);
  printf("%lu rounds\n", rounds);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#define CONFIGURE_MAXIMUM_POSIX_SHMS 3
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#include "posix_system.h"
