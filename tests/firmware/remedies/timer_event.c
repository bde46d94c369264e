/* A timer service routine wakes a task: the kernel's copy has the map of whom the tick interrupted. */

#include "case.h"

#define CLASSIC
#define CONFIGURE_MAXIMUM_POSIX_SHMS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

static rtems_id self;

static void fire(rtems_id timer, void *argument)
{
  rtems_event_send(self, RTEMS_EVENT_2);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_event_set events;
  rtems_id timer;

  self = rtems_task_self();
  CHECK(rtems_timer_create(1, &timer) == 0 && rtems_timer_fire_after(timer, 3, fire, NULL) == RTEMS_SUCCESSFUL);
  CHECK(rtems_event_receive(RTEMS_EVENT_2, RTEMS_WAIT | RTEMS_EVENT_ANY, 20, &events) == RTEMS_SUCCESSFUL);
  exit(0);
}

#include "case_config.h"
