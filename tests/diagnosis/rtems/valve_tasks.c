/* Valves are moved one at a time: who moves one has the power supply. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

static rtems_id supply, mover, watchdog_id;
static volatile uint32_t moves, position;

static void take_supply(void)
{
  if (rtems_semaphore_obtain(supply, RTEMS_WAIT, RTEMS_NO_TIMEOUT) != RTEMS_SUCCESSFUL) {
    rtems_fatal_error_occurred(1);
  }
}

static void give_supply(void)
{
  rtems_semaphore_release(supply);
}

static void move_to(uint32_t target)
{
  take_supply();
  while (position != target) {
    position += position < target ? 1 : -1;
    rtems_task_wake_after(2);
  }
  moves++;
  give_supply();
}

static rtems_task mover_task(rtems_task_argument argument)
{
  move_to(5 + argument);
  move_to(40);
  rtems_task_exit();
}

/* A valve that takes too long is stuck: its task is ended. */
static rtems_task watchdog_task(rtems_task_argument argument)
{
  (void) argument;
  rtems_task_wake_after(40);
  if (moves < 2) {
    rtems_task_delete(mover);
  }
  rtems_task_exit();
}

static void close_all(void)
{
  move_to(0);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  rtems_semaphore_create(rtems_build_name('S', 'U', 'P', 'P'), 1, RTEMS_SIMPLE_BINARY_SEMAPHORE, 0, &supply);
  rtems_task_create(rtems_build_name('M', 'O', 'V', 'E'), 12, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &mover);
  rtems_task_create(rtems_build_name('W', 'D', 'O', 'G'), 4, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &watchdog_id);
  rtems_task_start(mover, mover_task, 1);
  rtems_task_start(watchdog_id, watchdog_task, 0);
  rtems_task_wake_after(60);
  close_all();
  printf("%u moves\n", (unsigned) moves);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 5
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#define CONFIGURE_MAXIMUM_TIMERS 3
#include "classic_system.h"
