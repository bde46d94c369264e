/* pthread_once(): a routine may wait for a thread that uses another control; who comes meanwhile waits for it. */
#include <rtems.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t outer = PTHREAD_ONCE_INIT, inner = PTHREAD_ONCE_INIT, deep = PTHREAD_ONCE_INIT;
static sem_t done;

static void run_deep(void) { puts("deep"); }

static void run_inner(void)
{
  pthread_once(&deep, run_deep);
  puts("inner");
  sem_post(&done);
}

static void *use_inner(void *argument)
{
  pthread_once(&inner, run_inner);
  return argument;
}

static void *use_outer(void *argument)
{
  printf("waits\n");
  pthread_once(&outer, abort);
  printf("outer is done\n");
  return argument;
}

static pthread_t second;

static void run_outer(void)
{
  pthread_t first;

  pthread_create(&second, NULL, use_outer, NULL);
  pthread_create(&first, NULL, use_inner, NULL);
  sem_wait(&done);
  pthread_join(first, NULL);
  puts("outer");
}

void *POSIX_Init(void *argument)
{
  sem_init(&done, 0, 0);
  printf("%d\n", pthread_once(&outer, run_outer));
  printf("%d\n", pthread_once(&outer, abort));
  pthread_join(second, NULL);
  exit(0);
  return argument;
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
