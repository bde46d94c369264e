/* Points of a railway: a route is locked by a bit of each; a task for every route. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

typedef struct {
  uint32_t locked : 1;
  uint32_t position : 2;
  uint32_t route : 5;
  uint32_t moves : 8;
} points;

static volatile points all_points[4];
static rtems_id done;

static void lock_points(unsigned number, unsigned route)
{
  while (all_points[number].locked) {
    rtems_task_wake_after(1);
  }
  all_points[number].locked = 1;
  all_points[number].route = route;
}

static void set_position(unsigned number, unsigned position, unsigned route)
{
  assert(all_points[number].route == route);
  all_points[number].position = position;
  all_points[number].moves++;
}

static void unlock_points(unsigned number)
{
  all_points[number].locked = 0;
}

static rtems_task route_task(rtems_task_argument route)
{
  for (unsigned i = 0; i < 6; ++i) {
    unsigned number = (route + i) % 4;

    lock_points(number, route);
    rtems_task_wake_after(1 + route % 2);
    set_position(number, i % 3, route);
    unlock_points(number);
  }
  rtems_semaphore_release(done);
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  (void) argument;
  rtems_semaphore_create(rtems_build_name('D', 'O', 'N', 'E'), 0, RTEMS_COUNTING_SEMAPHORE, 0, &done);
  for (unsigned i = 0; i < 3; ++i) {
    rtems_task_create(rtems_build_name('R', 'T', 'E', '0' + i), 20 - i, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
    rtems_task_start(id, route_task, i == 2 ? 33 : i + 1);
  }
  for (unsigned i = 0; i < 3; ++i) {
    rtems_semaphore_obtain(done, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  }
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 5
#define CONFIGURE_MAXIMUM_SEMAPHORES 2
#include "classic_system.h"
