/* A valve is closed a while after it was opened, by the server of the timers. */
#include <rtems.h>
#include <stdio.h>
#include <stdlib.h>

static rtems_id closed;
static int openings;

static rtems_timer_service_routine close_valve(rtems_id timer, void *valve)
{
  (void) timer;
  *(int *) valve = 0;
  rtems_semaphore_release(closed);
}

static void open_for(int *valve, rtems_id timer, unsigned milliseconds)
{
  *valve = 1;
  ++openings;
  rtems_timer_server_fire_after(timer, RTEMS_MILLISECONDS_TO_TICKS(milliseconds), close_valve, valve);
}

rtems_task Init(rtems_task_argument argument)
{
  static int valve;
  rtems_id timer;

  (void) argument;
  rtems_timer_create(rtems_build_name('V', 'L', 'V', '1'), &timer);
  rtems_semaphore_create(rtems_build_name('C', 'L', 'S', 'D'), 0, RTEMS_COUNTING_SEMAPHORE, 0, &closed);
  for (int i = 0; i < 3; ++i) {
    open_for(&valve, timer, 50);
    rtems_semaphore_obtain(closed, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  }
  printf("%d openings\n", openings);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 3
#define CONFIGURE_MAXIMUM_TIMERS 2
#define CONFIGURE_MAXIMUM_SEMAPHORES 2
#include "classic_system.h"
