/* A flow meter: a timer looks every 5 ticks whether there are pulses. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

static rtems_id timer;
static rtems_id pulses;
static unsigned total;

static void look(rtems_id id, void *argument)
{
  unsigned *sum = argument;
  unsigned pulse;
  size_t size;

  while (rtems_message_queue_receive(pulses, &pulse, &size, RTEMS_WAIT, 1) == RTEMS_SUCCESSFUL) {
    *sum += pulse;
  }
  rtems_timer_fire_after(id, 5, look, argument);
}

static void start_meter(void)
{
  rtems_message_queue_create(rtems_build_name('P', 'U', 'L', 'S'), 8, sizeof(unsigned), RTEMS_DEFAULT_ATTRIBUTES,
      &pulses);
  rtems_timer_create(rtems_build_name('F', 'L', 'O', 'W'), &timer);
  rtems_timer_fire_after(timer, 5, look, &total);
}

static rtems_task flow(rtems_task_argument count)
{
  for (unsigned i = 0; i < count; ++i) {
    rtems_message_queue_send(pulses, &i, sizeof i);
    rtems_task_wake_after(2);
  }
  printf("total %u\n", total);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  (void) argument;
  start_meter();
  rtems_task_create(rtems_build_name('P', 'I', 'P', 'E'), 5, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES,
      &id);
  rtems_task_start(id, flow, 10);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_TIMERS 1
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY 1024
#include "classic_system.h"
