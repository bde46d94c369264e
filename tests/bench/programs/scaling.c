/* THREADS threads hand the processor round YIELDS times in all; each shares the stacks of SHARES others, which wait.
   With TOUCH a thread writes to each of its shares every time. */

#include <tmacros.h>
#include <pthread.h>
#include <rtems/share_stack.h>
#include <sched.h>
#include <semaphore.h>

#ifndef THREADS
#define THREADS 2
#endif
#ifndef SHARES
#define SHARES 0
#endif

const char rtems_test_name[] = "scaling";

static volatile int *volatile words[SHARES + 1];
static sem_t end;

static void *owner(void *argument)
{
  volatile int value = 0;

  words[(uintptr_t) argument] = &value;
  rtems_test_assert(sem_wait(&end) == 0);
  return NULL;
}

static void *body(void *argument)
{
  for (int i = 0; i < YIELDS / THREADS; ++i) {
#ifdef TOUCH
    for (int share = 0; share < SHARES; ++share)
      *words[share] = i;
#endif
    sched_yield();
  }
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t owners[SHARES + 1], threads[THREADS];

  (void) argument;
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  for (int i = 0; i < SHARES; ++i)
    rtems_test_assert(pthread_create(&owners[i], NULL, owner, (void *) (uintptr_t) i) == 0);
  sched_yield();
  for (int i = 0; i < THREADS; ++i) {
    rtems_test_assert(pthread_create(&threads[i], NULL, body, NULL) == 0);
    for (int share = 0; share < SHARES; ++share)
      rtems_test_assert(rtems_share_stack(threads[i], owners[share], PROT_READ | PROT_WRITE) == RTEMS_SUCCESSFUL);
  }
  for (int i = 0; i < THREADS; ++i)
    rtems_test_assert(pthread_join(threads[i], NULL) == 0);
  for (int i = 0; i < SHARES; ++i) {
    rtems_test_assert(sem_post(&end) == 0);
    rtems_test_assert(pthread_join(owners[i], NULL) == 0);
  }
  rtems_test_exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS (THREADS + SHARES + 1)
#define CONFIGURE_MAXIMUM_POSIX_SHMS (SHARES + 1)
#define CONFIGURE_LIBIO_MAXIMUM_FILE_DESCRIPTORS 16
#if THREADS > 64 /* their usual stacks do not fit the memory */
#define CONFIGURE_MINIMUM_TASK_STACK_SIZE 1024
#endif
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
