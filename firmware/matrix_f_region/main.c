/*
 * (F) A task waits for a segment of a region, and where the segment's address goes is on its stack: whoever returns one
 * writes there.
 */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix F: region";

static rtems_id region;
static char area[1024] __attribute__((aligned(8)));

static rtems_task taker(rtems_task_argument argument)
{
  void *segment = NULL;

  (void) argument;
  printf("TAKE: waiting\n");
  rtems_test_assert(rtems_region_get_segment(region, 768, RTEMS_WAIT, RTEMS_NO_TIMEOUT, &segment) == RTEMS_SUCCESSFUL);
  printf("TAKE: got a segment\n");
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task;
  void *segment;

  (void) argument;
  TEST_BEGIN();
  directive_failed(
    rtems_region_create(rtems_build_name('R', 'G', 'N', '1'), area, sizeof(area), 16, RTEMS_FIFO, &region),
    "rtems_region_create"
  );
  directive_failed(
    rtems_region_get_segment(region, 768, RTEMS_NO_WAIT, RTEMS_NO_TIMEOUT, &segment),
    "rtems_region_get_segment"
  );
  directive_failed(
    rtems_task_create(
      rtems_build_name('T', 'A', 'K', 'E'),
      2,
      RTEMS_MINIMUM_STACK_SIZE,
      RTEMS_DEFAULT_MODES,
      RTEMS_DEFAULT_ATTRIBUTES,
      &task
    ),
    "rtems_task_create"
  );
  directive_failed(rtems_task_start(task, taker, 0), "rtems_task_start");
  directive_failed(rtems_task_wake_after(1), "rtems_task_wake_after");
  printf("Init: returning the segment\n");
  directive_failed(rtems_region_return_segment(region, segment), "rtems_region_return_segment");
  rtems_test_exit(1);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_INIT_TASK_NAME rtems_build_name('I', 'N', 'I', 'T')
#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_REGIONS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INITIAL_EXTENSIONS RTEMS_TEST_INITIAL_EXTENSION
#define CONFIGURE_INIT

#include <rtems/confdefs.h>
