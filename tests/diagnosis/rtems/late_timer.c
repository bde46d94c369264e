/* A pulse is ended by a timer; the pulse's data is on the heap. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct pulse {
  unsigned channel;
  void (*end)(struct pulse *pulse);
  unsigned width;
};

static unsigned ended;

static void end_pulse(struct pulse *pulse)
{
  ended |= 1u << pulse->channel;
}

static rtems_timer_service_routine on_timer(rtems_id timer, void *user_data)
{
  struct pulse *pulse = user_data;

  (void) timer;
  pulse->end(pulse);
}

static struct pulse *begin_pulse(rtems_id timer, unsigned channel)
{
  struct pulse *pulse = malloc(sizeof *pulse);

  pulse->channel = channel;
  pulse->end = end_pulse;
  rtems_timer_fire_after(timer, 5, on_timer, pulse);
  return pulse;
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id timer;
  struct pulse *pulse;
  char *note;

  (void) argument;
  rtems_timer_create(rtems_build_name('P', 'U', 'L', 'S'), &timer);
  pulse = begin_pulse(timer, 3);
  rtems_task_wake_after(2);
  free(pulse); /* cancelled, but for the timer */
  note = strdup("cancelled!!");
  rtems_task_wake_after(10);
  printf("%s %u\n", note, ended);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TIMERS 1
#define CONFIGURE_MAXIMUM_TASKS 3
#define CONFIGURE_MAXIMUM_SEMAPHORES 1
#include "classic_system.h"
