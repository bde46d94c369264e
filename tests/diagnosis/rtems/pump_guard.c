/* A pump under a guard: the supervisor stops it for a while, and reads its state. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

static rtems_id guard;
static rtems_id pump_task;
static unsigned strokes;

static void stroke(void)
{
  rtems_semaphore_obtain(guard, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  ++strokes;
  for (volatile int i = 0; i < 400000; ++i) {
  }
  rtems_semaphore_release(guard);
}

static rtems_task pump(rtems_task_argument argument)
{
  (void) argument;
  for (;;) {
    stroke();
    rtems_task_wake_after(1);
  }
}

static unsigned state(void)
{
  unsigned value;

  rtems_semaphore_obtain(guard, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  value = strokes;
  rtems_semaphore_release(guard);
  return value;
}

static void supervise(void)
{
  for (int i = 0; i < 5; ++i) {
    rtems_task_wake_after(7);
    rtems_task_suspend(pump_task);
    printf("%u strokes\n", state());
    rtems_task_resume(pump_task);
  }
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  rtems_semaphore_create(rtems_build_name('G', 'U', 'A', 'R'), 1,
      RTEMS_BINARY_SEMAPHORE | RTEMS_PRIORITY | RTEMS_INHERIT_PRIORITY, 0, &guard);
  rtems_task_create(rtems_build_name('P', 'U', 'M', 'P'), 50, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES,
      &pump_task);
  rtems_task_start(pump_task, pump, 0);
  supervise();
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_SEMAPHORES 1
#include "classic_system.h"
