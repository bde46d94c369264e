/* The smallest application: one thread that prints and ends. */

#include <tmacros.h>

const char rtems_test_name[] = "hello";

void *POSIX_Init(void *argument)
{
  (void) argument;
  TEST_BEGIN();
  printf("Hello World\n");
  TEST_END();
  rtems_test_exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INITIAL_EXTENSIONS RTEMS_TEST_INITIAL_EXTENSION
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
