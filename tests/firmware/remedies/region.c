/* rtems_region_return_segment() writes the address of a segment into the stack of the task that waits for one. */

#include "case.h"

#define CLASSIC
#define CONFIGURE_MAXIMUM_POSIX_SHMS 1

static char memory[4096] __attribute__((aligned(8)));
static rtems_id region;

static rtems_task waiter(rtems_task_argument argument)
{
  void *segment;

  CHECK(rtems_region_get_segment(region, 2048, RTEMS_WAIT, RTEMS_NO_TIMEOUT, &segment) == RTEMS_SUCCESSFUL);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  void *first;

  CHECK(rtems_region_create(1, memory, sizeof(memory), 64, RTEMS_DEFAULT_ATTRIBUTES, &region) == RTEMS_SUCCESSFUL);
  CHECK(rtems_region_get_segment(region, 3072, RTEMS_NO_WAIT, 0, &first) == RTEMS_SUCCESSFUL);
  start_task(rtems_build_name('W', 'A', 'I', 'T'), 2, waiter);
  rtems_task_wake_after(1);
  /* REMEDY */
  CHECK(rtems_region_return_segment(region, first) == RTEMS_SUCCESSFUL);
  rtems_task_exit();
}

#include "case_config.h"
