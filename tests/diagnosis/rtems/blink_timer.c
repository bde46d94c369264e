/* A timer sends an event to the task that blinks, every half second. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

#define BLINK RTEMS_EVENT_3

static rtems_id blinker, timer;
static unsigned blinks;

static rtems_interval milliseconds(unsigned ms)
{
  return ms / 1000 * rtems_clock_get_ticks_per_second();
}

static rtems_timer_service_routine tick(rtems_id which, void *argument)
{
  (void) argument;
  rtems_event_send(blinker, BLINK);
  rtems_timer_reset(which);
}

static void start_timer(unsigned ms)
{
  rtems_timer_create(rtems_build_name('B', 'L', 'N', 'K'), &timer);
  rtems_timer_fire_after(timer, milliseconds(ms), tick, NULL);
}

static void wait_for_blink(void)
{
  rtems_event_set events;

  rtems_event_receive(BLINK, RTEMS_EVENT_ANY | RTEMS_WAIT, RTEMS_NO_TIMEOUT, &events);
  ++blinks;
}

static rtems_task blink(rtems_task_argument count)
{
  start_timer(500);
  while (blinks < count) {
    wait_for_blink();
  }
  printf("%u blinks\n", blinks);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  rtems_task_create(rtems_build_name('B', 'L', 'I', 'N'), 5, RTEMS_MINIMUM_STACK_SIZE, RTEMS_DEFAULT_MODES,
    RTEMS_DEFAULT_ATTRIBUTES, &blinker);
  rtems_task_start(blinker, blink, 4);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_TIMERS 1
#include "classic_system.h"
