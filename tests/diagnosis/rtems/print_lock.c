/* Reports are printed under a lock, which is a Classic semaphore. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

static rtems_id print_lock;
static unsigned printed;

static void lock(void)
{
  rtems_semaphore_obtain(print_lock, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
}

static void unlock(void)
{
  rtems_semaphore_release(print_lock);
}

static void report(const char *who, int value)
{
  lock();
  printf("%s: %d\n", who, value);
  ++printed;
  unlock();
}

static rtems_task reporter(rtems_task_argument number)
{
  for (int i = 0; i < 3; ++i) {
    report(number == 0 ? "first" : "second", i);
    rtems_task_wake_after(2);
  }
  rtems_task_exit();
}

static void create_lock(void)
{
  rtems_status_code status;

  status = rtems_semaphore_create(rtems_build_name('P', 'R', 'N', 'T'), 0, RTEMS_COUNTING_SEMAPHORE | RTEMS_FIFO, 0,
    &print_lock);
  if (status != RTEMS_SUCCESSFUL) {
    rtems_fatal(RTEMS_FATAL_SOURCE_APPLICATION, status);
  }
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  create_lock();
  for (unsigned i = 0; i < 2; ++i) {
    rtems_id id;

    rtems_task_create(rtems_build_name('R', 'E', 'P', '1' + i), 10, RTEMS_MINIMUM_STACK_SIZE, RTEMS_DEFAULT_MODES,
      RTEMS_DEFAULT_ATTRIBUTES, &id);
    rtems_task_start(id, reporter, i);
  }
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 3
#define CONFIGURE_MAXIMUM_SEMAPHORES 1
#include "classic_system.h"
