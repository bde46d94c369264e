/* A timer service routine writes a local of a task that waits. */

#include "case.h"

#define CLASSIC
#define CONFIGURE_MAXIMUM_POSIX_SHMS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

static void fire(rtems_id timer, void *argument)
{
  *(volatile int *) argument = 7;
}

rtems_task Init(rtems_task_argument argument)
{
  volatile int value = 0;
  rtems_id timer;

  CHECK(rtems_timer_create(1, &timer) == 0);
  CHECK(rtems_timer_fire_after(timer, 3, fire, (void *) &value) == RTEMS_SUCCESSFUL);
  rtems_task_wake_after(10);
  exit(value);
}

#include "case_config.h"
