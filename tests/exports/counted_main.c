/* Runs counted.c's main() as the program's first thread. */
#include <rtems.h>
#include <stdlib.h>

int main(void);

void *POSIX_Init(void *argument)
{
  (void) argument;
  exit(main());
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 1
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
