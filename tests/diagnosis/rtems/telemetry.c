/* Three tasks: control must run often, housekeeping shares a bus with it, compression has time in between. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

static rtems_id bus;
static volatile unsigned control_cycles, compressed;

static void use_bus(unsigned work)
{
  for (volatile unsigned i = 0; i < work; ++i) {
  }
}

static rtems_task housekeeping(rtems_task_argument argument)
{
  (void) argument;
  for (;;) {
    (void) rtems_semaphore_obtain(bus, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    use_bus(200000);
    rtems_semaphore_release(bus);
    rtems_task_wake_after(3);
  }
}

static rtems_task compression(rtems_task_argument argument)
{
  (void) argument;
  rtems_task_wake_after(2);
  for (;;) {
    ++compressed;
  }
}

static rtems_task control(rtems_task_argument argument)
{
  (void) argument;
  rtems_task_wake_after(1);
  for (;;) {
    rtems_semaphore_obtain(bus, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    use_bus(10);
    rtems_semaphore_release(bus);
    ++control_cycles;
    rtems_task_wake_after(2);
  }
}

static void start_task(const char *name, rtems_task_priority priority, rtems_task_entry entry)
{
  rtems_id id;

  rtems_task_create(rtems_build_name(name[0], name[1], name[2], name[3]), priority, RTEMS_MINIMUM_STACK_SIZE,
    RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, entry, 0);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  rtems_semaphore_create(rtems_build_name('B', 'U', 'S', ' '), 1, RTEMS_PRIORITY | RTEMS_BINARY_SEMAPHORE, 0, &bus);
  start_task("HOUS", 30, housekeeping);
  start_task("COMP", 20, compression);
  start_task("CTRL", 10, control);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_SEMAPHORES 1
#include "classic_system.h"
