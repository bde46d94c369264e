/*
 * Two threads that take two locks in opposite order. Nothing can ever run again. The locks are semaphores: of mutexes
 * the kernel knows the owners, and refuses the one that would close the circle (EDEADLK).
 */

#include "../support/threads.h"

const char rtems_test_name[] = "deadlock";

static sem_t first, second;

static void *forwards(void *argument)
{
  rtems_test_assert(sem_wait(&first) == 0);
  rtems_test_assert(sched_yield() == 0);
  printf("0x01: has first, wants second\n");
  rtems_test_assert(sem_wait(&second) == 0);
  return argument;
}

static void *backwards(void *argument)
{
  rtems_test_assert(sem_wait(&second) == 0);
  rtems_test_assert(sched_yield() == 0);
  printf("0x02: has second, wants first\n");
  rtems_test_assert(sem_wait(&first) == 0);
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t one, two;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&first, 0, 1) == 0 && sem_init(&second, 0, 1) == 0);
  one = start_thread("0x01", new_stack(), forwards, NULL);
  two = start_thread("0x02", new_stack(), backwards, NULL);
  join(one);
  join(two);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
