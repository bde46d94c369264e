/* A task that does one thing and is done. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

static unsigned calibrated;

static void calibrate(unsigned channel)
{
  calibrated |= 1u << channel;
}

static rtems_task calibration(rtems_task_argument channels)
{
  for (unsigned channel = 0; channel < channels; ++channel) {
    calibrate(channel);
    rtems_task_wake_after(1);
  }
  printf("calibrated %#x\n", calibrated);
}

static void start_calibration(unsigned channels)
{
  rtems_id task;

  rtems_task_create(rtems_build_name('C', 'A', 'L', 'I'), 4, RTEMS_MINIMUM_STACK_SIZE, RTEMS_DEFAULT_MODES,
    RTEMS_DEFAULT_ATTRIBUTES, &task);
  rtems_task_start(task, calibration, channels);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  start_calibration(3);
  rtems_task_wake_after(10);
  printf("running\n");
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 2
#include "classic_system.h"
