/* A sampler tells a logger by an event that there is something to write down. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

static rtems_id logger_task, sampler_task;
static unsigned samples;

static rtems_task logger(rtems_task_argument argument)
{
  rtems_event_set events;

  (void) argument;
  for (;;) {
    rtems_event_receive(RTEMS_EVENT_3, RTEMS_WAIT | RTEMS_EVENT_ANY, RTEMS_NO_TIMEOUT, &events);
    printf("%u samples\n", samples);
    exit(0);
  }
}

static rtems_task sampler(rtems_task_argument argument)
{
  (void) argument;
  for (samples = 0; samples < 5; ++samples) {
    rtems_task_wake_after(1);
  }
  rtems_event_send(sampler_task, RTEMS_EVENT_3);
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  rtems_task_create(rtems_build_name('L', 'O', 'G', 'R'), 20, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES,
                    &logger_task);
  rtems_task_create(rtems_build_name('S', 'M', 'P', 'L'), 30, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES,
                    &sampler_task);
  rtems_task_start(logger_task, logger, 0);
  rtems_task_start(sampler_task, sampler, 0);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 3
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY 512
#include "classic_system.h"
