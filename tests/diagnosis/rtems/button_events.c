/* An interrupt-like service routine tells a task about buttons by events. */

#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

#define BUTTON_UP RTEMS_EVENT_1
#define BUTTON_DOWN RTEMS_EVENT_2

static rtems_id menu_task, poll_timer;
static unsigned polls;
static int position;

static rtems_timer_service_routine poll_buttons(rtems_id timer, void *argument)
{
  (void) argument;
  ++polls;
  if (polls % 3 == 0) {
    rtems_event_send(menu_task, BUTTON_UP);
  }
  if (polls < 12) {
    rtems_timer_reset(timer);
  }
}

static void wait_for_button(void)
{
  rtems_event_set buttons = 0;

  rtems_event_receive(BUTTON_UP | BUTTON_DOWN, RTEMS_EVENT_ALL | RTEMS_WAIT, RTEMS_NO_TIMEOUT, &buttons);
  position += (buttons & BUTTON_UP) != 0;
  position -= (buttons & BUTTON_DOWN) != 0;
}

static rtems_task menu(rtems_task_argument steps)
{
  while (steps-- > 0) {
    wait_for_button();
  }
  printf("position %d\n", position);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  rtems_timer_create(rtems_build_name('P', 'O', 'L', 'L'), &poll_timer);
  rtems_timer_fire_after(poll_timer, 1, poll_buttons, NULL);
  rtems_task_create(rtems_build_name('M', 'E', 'N', 'U'), 5, RTEMS_MINIMUM_STACK_SIZE, RTEMS_DEFAULT_MODES,
    RTEMS_DEFAULT_ATTRIBUTES, &menu_task);
  rtems_task_start(menu_task, menu, 3);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 2
#define CONFIGURE_MAXIMUM_TIMERS 1
#include "classic_system.h"
