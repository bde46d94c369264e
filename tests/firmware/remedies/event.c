/* rtems_event_send() writes the set of events into the stack of the task that waits. Both tasks have one name. */

#include "case.h"

#define CLASSIC

static rtems_task idler(rtems_task_argument argument)
{
  rtems_task_wake_after(100);
  rtems_task_exit();
}

static rtems_task receiver(rtems_task_argument argument)
{
  rtems_event_set events = 0;

  CHECK(rtems_event_receive(RTEMS_EVENT_1, RTEMS_WAIT | RTEMS_EVENT_ANY, RTEMS_NO_TIMEOUT, &events) == 0);
  CHECK(events == RTEMS_EVENT_1);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task;

  start_task(rtems_build_name('W', 'O', 'R', 'K'), 2, idler);
  task = start_task(rtems_build_name('W', 'O', 'R', 'K'), 2, receiver);
  rtems_task_wake_after(1);
  /* REMEDY */
  CHECK(rtems_event_send(task, RTEMS_EVENT_1) == RTEMS_SUCCESSFUL);
  rtems_task_exit();
}

#include "case_config.h"
