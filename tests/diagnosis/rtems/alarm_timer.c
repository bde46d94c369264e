/* A task arms a timer that counts into a variable of its own. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

static rtems_id timer;

struct alarm {
  unsigned limit;
  unsigned fired;
};

static rtems_timer_service_routine on_alarm(rtems_id id, void *argument)
{
  struct alarm *alarm = argument;

  if (++alarm->fired < alarm->limit) {
    rtems_timer_reset(id);
  }
}

static rtems_task blinker(rtems_task_argument argument)
{
  struct alarm alarm = { .limit = 3, .fired = 0 };

  (void) argument;
  rtems_timer_create(rtems_build_name('A', 'L', 'R', 'M'), &timer);
  rtems_timer_fire_after(timer, 2, on_alarm, &alarm);
  rtems_task_wake_after(20);
  printf("fired %u times\n", alarm.fired);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task;

  (void) argument;
  rtems_task_create(rtems_build_name('B', 'L', 'N', 'K'), 5, 8192, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &task);
  rtems_task_start(task, blinker, 0);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_TIMERS 1
#include "classic_system.h"
