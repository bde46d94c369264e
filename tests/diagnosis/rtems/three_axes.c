/* Three axes that move in step: each waits at the barrier for the others. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

#define AXES 3

static rtems_id step;
static int position[AXES];

static rtems_task axis(rtems_task_argument number)
{
  for (int round = 0; round < 4; ++round) {
    position[number] += (int) number + 1;
    rtems_barrier_wait(step, RTEMS_NO_TIMEOUT);
  }
  rtems_task_exit();
}

static void start_axis(uint32_t number)
{
  rtems_id id;

  rtems_task_create(rtems_build_name('A', 'X', 'S', '0' + number), 5 + number, RTEMS_MINIMUM_STACK_SIZE,
      RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, axis, number);
}

static void make_barrier(uint32_t waiters)
{
  rtems_barrier_create(rtems_build_name('S', 'T', 'E', 'P'), RTEMS_BARRIER_AUTOMATIC_RELEASE, waiters + 1, &step);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  make_barrier(AXES);
  for (uint32_t i = 0; i < AXES; ++i) {
    start_axis(i);
  }
  rtems_task_set_priority(RTEMS_SELF, 100, &(rtems_task_priority){ 0 });
  rtems_task_suspend(RTEMS_SELF);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_BARRIERS 1
#include "classic_system.h"
