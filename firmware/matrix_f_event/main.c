/* (F) A task blocks for an event, and where the received events go is on its stack: whoever sends writes there. */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix F: event";

static rtems_task receiver(rtems_task_argument argument)
{
  rtems_event_set events = 0;

  (void) argument;
  printf("RECV: waiting\n");
  rtems_test_assert(rtems_event_receive(RTEMS_EVENT_5, RTEMS_WAIT, RTEMS_NO_TIMEOUT, &events) == RTEMS_SUCCESSFUL);
  printf("RECV: received\n");
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task;

  (void) argument;
  TEST_BEGIN();
  directive_failed(
    rtems_task_create(
      rtems_build_name('R', 'E', 'C', 'V'),
      2,
      RTEMS_MINIMUM_STACK_SIZE,
      RTEMS_DEFAULT_MODES,
      RTEMS_DEFAULT_ATTRIBUTES,
      &task
    ),
    "rtems_task_create"
  );
  directive_failed(rtems_task_start(task, receiver, 0), "rtems_task_start");
  directive_failed(rtems_task_wake_after(1), "rtems_task_wake_after");
  printf("Init: sending\n");
  directive_failed(rtems_event_send(task, RTEMS_EVENT_5), "rtems_event_send");
  rtems_test_exit(1);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_INIT_TASK_NAME rtems_build_name('I', 'N', 'I', 'T')
#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INITIAL_EXTENSIONS RTEMS_TEST_INITIAL_EXTENSION
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
