/* A driver waits for its worker by looking at a flag. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

static volatile uint32_t converted;
static volatile uint32_t result;

static void start_conversion(void)
{
  converted = 0;
}

static uint32_t wait_for_result(void)
{
  while (converted == 0) {
  }
  return result;
}

static rtems_task converter(rtems_task_argument argument)
{
  result = 17 + argument;
  converted = 1;
  rtems_task_exit();
}

static rtems_task driver(rtems_task_argument argument)
{
  (void) argument;
  start_conversion();
  printf("result %u\n", (unsigned) wait_for_result());
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  rtems_task_create(rtems_build_name('C', 'O', 'N', 'V'), 20, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, converter, argument);
  rtems_task_create(rtems_build_name('D', 'R', 'I', 'V'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, driver, argument);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 5
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#include "classic_system.h"
