/*
 * (G) As (F), and the sender is a timer routine: it runs in the tick's interrupt, under the map of the thread that was
 * interrupted. That one is not the receiver, so the copy is refused.
 */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix G: timer interrupt";

static rtems_task receiver(rtems_task_argument argument)
{
  rtems_event_set events = 0;

  (void) argument;
  printf("RECV: waiting\n");
  rtems_test_assert(rtems_event_receive(RTEMS_EVENT_5, RTEMS_WAIT, RTEMS_NO_TIMEOUT, &events) == RTEMS_SUCCESSFUL);
  printf("RECV: received\n");
  rtems_task_exit();
}

static rtems_timer_service_routine fire(rtems_id timer, void *task)
{
  (void) timer;
  printk("timer: sending\n");
  (void) rtems_event_send((rtems_id) (uintptr_t) task, RTEMS_EVENT_5);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task, timer;

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
  directive_failed(rtems_timer_create(rtems_build_name('T', 'I', 'M', '1'), &timer), "rtems_timer_create");
  directive_failed(
    rtems_timer_fire_after(timer, 2, fire, (void *) (uintptr_t) task),
    "rtems_timer_fire_after"
  );
  for (;;) {
    /* Init keeps running: it is the thread that the tick interrupts. */
  }
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_INIT_TASK_NAME rtems_build_name('I', 'N', 'I', 'T')
#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_TIMERS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INITIAL_EXTENSIONS RTEMS_TEST_INITIAL_EXTENSION
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
