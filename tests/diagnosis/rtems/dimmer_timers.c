/* Dimmers go down by a timer of their own, whose routine gets the dimmer. */
#include <rtems.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct dimmer {
  rtems_id timer;
  int level;
  int rate;
  void (*changed)(struct dimmer *self);
  rtems_id owner;
} dimmer;

static dimmer *dimmers[3];
static int changes;

static void notify_owner(dimmer *self)
{
  ++changes;
  if (self->level <= 0) {
    rtems_event_send(self->owner, RTEMS_EVENT_4);
  }
}

static rtems_timer_service_routine fade(rtems_id timer, void *context)
{
  dimmer *self = context;

  self->level -= self->rate;
  if (self->level > 0) {
    rtems_timer_reset(timer);
  }
  self->changed(self);
}

static void start_fade(unsigned index, int level, int rate)
{
  dimmer *made = calloc(1, sizeof(*made));

  made->level = level;
  made->rate = rate;
  made->changed = notify_owner;
  made->owner = rtems_task_self();
  dimmers[index] = made;
  rtems_timer_create(rtems_build_name('D', 'I', 'M', '0' + index), &made->timer);
  rtems_timer_fire_after(made->timer, 2, fade, &dimmers[index]);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_event_set events;

  (void) argument;
  start_fade(0, 30, 10);
  rtems_event_receive(RTEMS_EVENT_4, RTEMS_WAIT, 50, &events);
  start_fade(1, 50, 10);
  rtems_event_receive(RTEMS_EVENT_4, RTEMS_WAIT, 50, &events);
  printf("%d changes\n", changes);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_TIMERS 4
#include "classic_system.h"
