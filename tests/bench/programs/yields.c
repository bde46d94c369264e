/* Two threads that hand the processor to each other YIELDS times. */

#include <tmacros.h>
#include <pthread.h>
#include <sched.h>

const char rtems_test_name[] = "yields";

static void *body(void *argument)
{
  for (int i = 0; i < YIELDS; ++i)
    sched_yield();
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  for (int i = 0; i < 2; ++i)
    rtems_test_assert(pthread_create(&threads[i], NULL, body, NULL) == 0);
  for (int i = 0; i < 2; ++i)
    rtems_test_assert(pthread_join(threads[i], NULL) == 0);
  rtems_test_exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
