/* Levels of tanks, smoothed over the last samples; the alarm hook stands behind them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

#define TANKS 4
#define DEPTH 4

struct tank {
  uint32_t samples[DEPTH];
  uint32_t position;
};

static struct tank tanks[TANKS];
static void (*alarm_hook)(unsigned tank, uint32_t level);
static unsigned alarms;

static void count_alarm(unsigned tank, uint32_t level)
{
  alarms += tank + level > 100;
}

static void store_level(unsigned tank, uint32_t level)
{
  struct tank *to = &tanks[tank];

  to->samples[to->position] = level;
  to->position = (to->position + 1) % DEPTH;
}

static uint32_t mean_level(unsigned tank)
{
  uint32_t sum = 0;

  for (unsigned i = 0; i < DEPTH; ++i) {
    sum += tanks[tank].samples[i];
  }
  return sum / DEPTH;
}

static void refill(unsigned first, unsigned count, uint32_t with)
{
  for (unsigned tank = first; tank <= first + count; ++tank) {
    for (unsigned i = 0; i < DEPTH; ++i) {
      store_level(tank, with + tank);
    }
  }
}

static rtems_task monitor(rtems_task_argument argument)
{
  (void) argument;
  alarm_hook = count_alarm;
  refill(0, 2, 70);
  refill(2, 2, 95);
  for (unsigned tank = 0; tank < TANKS; ++tank) {
    if (mean_level(tank) > 90) {
      alarm_hook(tank, mean_level(tank));
    }
  }
  printf("%u alarms\n", alarms);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  rtems_task_create(rtems_build_name('M', 'O', 'N', 'I'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, monitor, argument);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 5
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#define CONFIGURE_MAXIMUM_TIMERS 2
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 2
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(8, 32)
#include "classic_system.h"
