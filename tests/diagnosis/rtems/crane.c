/* A crane's three axes report to a supervisor by one bit each; it waits for all. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

#define AXIS(n) (RTEMS_EVENT_0 << (n))

static rtems_id supervisor_id;
static int32_t positions[3];

static void report(uint32_t axis)
{
  rtems_event_send(supervisor_id, AXIS(axis));
}

static int move(uint32_t axis, int32_t to)
{
  int32_t step = to > positions[axis] ? 10 : -10;

  while (positions[axis] != to) {
    positions[axis] += step;
    if (positions[axis] > 500 || positions[axis] < -500) {
      return -1;
    }
    rtems_task_wake_after(1);
  }
  return 0;
}

static rtems_task axis_task(rtems_task_argument axis)
{
  static const int32_t goals[3] = { 80, -120, 205 };

  if (move(axis, goals[axis]) == 0) {
    report(axis);
  }
  rtems_task_suspend(RTEMS_SELF);
}

static rtems_task supervisor(rtems_task_argument argument)
{
  static rtems_event_set events;

  (void) argument;
  rtems_event_receive(AXIS(0) | AXIS(1) | AXIS(2), RTEMS_WAIT | RTEMS_EVENT_ALL, RTEMS_NO_TIMEOUT, &events);
  puts("in place");
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  rtems_task_create(rtems_build_name('S', 'U', 'P', 'V'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &supervisor_id);
  rtems_task_start(supervisor_id, supervisor, argument);
  for (uint32_t i = 0; i < 3; ++i) {
    rtems_task_create(rtems_build_name('A', 'X', 'I', '0' + i), 20, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
    rtems_task_start(id, axis_task, i);
  }
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 6
#include "classic_system.h"
