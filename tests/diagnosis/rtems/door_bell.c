/* A bell rings as long as a button is held; the button's task tells the bell by a barrier of its own. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

enum { PRESSED = RTEMS_EVENT_0, RELEASED = RTEMS_EVENT_1, QUIT = RTEMS_EVENT_2 };

static rtems_id bell_id, button_id, main_id;
static volatile uint32_t rung;

static void ring_until_released(void)
{
  rtems_event_set events;

  for (;;) {
    ++rung;
    if (rtems_event_receive(RELEASED | QUIT, RTEMS_WAIT | RTEMS_EVENT_ANY, 2, &events) == RTEMS_SUCCESSFUL) {
      break;
    }
  }
}

static rtems_task bell(rtems_task_argument argument)
{
  rtems_event_set events = 0;

  (void) argument;
  while ((events & QUIT) == 0) {
    rtems_event_receive(PRESSED | QUIT, RTEMS_WAIT | RTEMS_EVENT_ANY, RTEMS_NO_TIMEOUT, &events);
    if ((events & PRESSED) != 0) {
      ring_until_released();
    }
  }
  rtems_event_send(main_id, QUIT);
  rtems_task_exit();
}

static rtems_task button(rtems_task_argument argument)
{
  (void) argument;
  for (int i = 0; i < 3; ++i) {
    rtems_event_send(bell_id, PRESSED);
    rtems_task_wake_after(5);
    if (i < 2) {
      rtems_event_send(bell_id, RELEASED);
    }
    rtems_task_wake_after(3);
  }
  rtems_event_send(bell_id, QUIT);
  rtems_task_exit();
}

static rtems_id start(rtems_name name, rtems_task_entry entry)
{
  rtems_id id;

  rtems_task_create(name, 20, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, entry, 0);
  return id;
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_event_set events;

  (void) argument;
  main_id = rtems_task_self();
  bell_id = start(rtems_build_name('B', 'E', 'L', 'L'), bell);
  button_id = start(rtems_build_name('B', 'U', 'T', 'T'), button);
  rtems_event_receive(QUIT, RTEMS_WAIT | RTEMS_EVENT_ANY, RTEMS_NO_TIMEOUT, &events);
  printf("rung %u times\n", (unsigned) rung);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#include "classic_system.h"
