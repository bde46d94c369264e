/* shm_open() as an application that configures nothing finds it: no descriptor, and with one, no object. */

#include "../support/rows.h"

const char rtems_test_name[] = "errno shm_open, nothing configured";

void *POSIX_Init(void *argument)
{
  (void) argument;
  TEST_BEGIN();
  FAILS(shm_open("/name", O_CREAT | O_RDWR, 0600), EMFILE);
  GIVES(close(0), 0);
  FAILS(shm_open("/name", O_RDWR, 0600), ENOENT);
  FAILS(shm_open("/name", O_CREAT | O_RDWR, 0600), ENFILE);
  end_rows();
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INITIAL_EXTENSIONS RTEMS_TEST_INITIAL_EXTENSION
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
