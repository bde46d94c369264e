/* Threads that run unprivileged are isolated the same way, and have no access to the system's registers. */

#include "../support/threads.h"

const char rtems_test_name[] = "unprivileged isolation";

static volatile int *volatile word;
static sem_t end;

static void *owner(void *argument)
{
  volatile int value = 7;

  word = &value;
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

void *POSIX_Init(void *argument)
{
  uint32_t control;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  __asm__ volatile("mrs %0, control" : "=r"(control));
  rtems_test_assert((control & 3) == 3);
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  start_thread("0x01", new_stack(), owner, NULL);
  rtems_test_assert(sched_yield() == 0);
  printf("Init: unprivileged, writing to the stack of 0x01\n");
  *word = 8;
  rtems_test_exit(1);
}

#define CONFIGURE_UNPRIVILEGED_THREADS

#include "../support/posix_config.h"
