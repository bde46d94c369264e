/* Reads the clock COUNT times. */

#include <tmacros.h>
#include <time.h>

const char rtems_test_name[] = "clock";

void *POSIX_Init(void *argument)
{
  struct timespec now;

  (void) argument;
  for (int i = 0; i < COUNT; ++i)
    rtems_test_assert(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  rtems_test_exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
