/* Two threads that take two mutexes in opposite order. Nothing can ever run again. */

#include "../support/threads.h"

const char rtems_test_name[] = "deadlock";

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;

static void *forwards(void *argument)
{
  rtems_test_assert(pthread_mutex_lock(&first) == 0);
  rtems_test_assert(sched_yield() == 0);
  printf("0x01: has first, wants second\n");
  rtems_test_assert(pthread_mutex_lock(&second) == 0);
  return argument;
}

static void *backwards(void *argument)
{
  rtems_test_assert(pthread_mutex_lock(&second) == 0);
  rtems_test_assert(sched_yield() == 0);
  printf("0x02: has second, wants first\n");
  rtems_test_assert(pthread_mutex_lock(&first) == 0);
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t one, two;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  one = start_thread("0x01", new_stack(), forwards, NULL);
  two = start_thread("0x02", new_stack(), backwards, NULL);
  join(one);
  join(two);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
