/* The name of Init is UI1 and a blank, and its object has that blank. */

#include "case.h"

#define CLASSIC

static int *volatile place;

static rtems_task writer(rtems_task_argument argument)
{
  /* REMEDY */
  *place = 7;
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  volatile int value = 0;

  place = (int *) &value;
  start_task(rtems_build_name('W', 'O', 'R', 'K'), 2, writer);
  rtems_task_wake_after(2);
  CHECK(value == 7);
  exit(0);
}

#include "case_config.h"
