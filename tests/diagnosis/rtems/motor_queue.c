/* Commands to a motor by a queue: an urgent stop goes first. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

struct command {
  uint32_t kind;
  union {
    uint32_t speed;
    void (*action)(void);
  } what;
};

enum { SET_SPEED, CALL_ACTION };

static rtems_id commands, motor_id;
static uint32_t speed, stops;

static void stop_now(void)
{
  speed = 0;
  ++stops;
}

static void set_speed(uint32_t wanted)
{
  static struct command command;

  command.what.speed = wanted;
  rtems_message_queue_send(commands, &command, sizeof(command));
}

static void urgent_stop(void)
{
  static struct command command = { CALL_ACTION, { .action = stop_now } };

  rtems_message_queue_urgent(commands, &command, sizeof(command));
}

static void execute(const struct command *command)
{
  if (command->kind == CALL_ACTION) {
    command->what.action();
  } else {
    speed = command->what.speed;
  }
}

static void ramp(uint32_t to)
{
  struct command step;

  step.kind = to > 1000;
  for (uint32_t now = 100; now <= to; now += 1000) {
    step.what.speed = now;
    rtems_message_queue_send(commands, &step, sizeof(step));
  }
}

static rtems_task motor(rtems_task_argument argument)
{
  static struct command command;
  size_t size;

  (void) argument;
  for (;;) {
    if (rtems_message_queue_receive(commands, &command, &size, RTEMS_WAIT, 10) != RTEMS_SUCCESSFUL) {
      break;
    }
    execute(&command);
  }
  printf("%u stops, speed %u\n", (unsigned) stops, (unsigned) speed);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_message_queue_create(rtems_build_name('M', 'O', 'T', 'R'), 8, sizeof(struct command), RTEMS_FIFO, &commands);
  set_speed(300);
  urgent_stop();
  ramp(1500);
  rtems_task_create(rtems_build_name('M', 'O', 'T', 'O'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &motor_id);
  rtems_task_start(motor_id, motor, argument);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 5
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#define CONFIGURE_MAXIMUM_TIMERS 2
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 2
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(8, 32)
#include "classic_system.h"
