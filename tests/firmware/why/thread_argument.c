/* start() hands a local to a thread that runs when start() has returned. */

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <rtems.h>

static volatile int answer;

static void *worker(void *argument)
{
  answer = *(int *) argument; /* READS */
  return NULL;
}

static void __attribute__((noinline)) start(pthread_t *thread)
{
  int question = 7;

  pthread_create(thread, NULL, worker, &question); /* GIVES */
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  start(&thread);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
