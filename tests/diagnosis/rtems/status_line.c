/* A task prints a status line about each channel; the text of a channel comes from its configuration. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct channel {
  const char *label;
  int value;
  const char *unit;
};

static const struct channel channels[] = {
  { "supply", 12040, "mV" },
  { "motor", 870, "mA" },
  { "gearbox lubricant temperature", 61, "degrees Celsius" },
};

static unsigned lines_printed;

static void emit(const char *line)
{
  puts(line);
  ++lines_printed;
}

static void print_channel(const struct channel *channel, unsigned number)
{
  char line[32];

  sprintf(line, "%u: %s = %d %s", number, channel->label, channel->value, channel->unit);
  emit(line);
}

static void print_status(void)
{
  for (unsigned i = 0; i < sizeof channels / sizeof channels[0]; ++i) {
    print_channel(&channels[i], i);
  }
}

static rtems_task status_task(rtems_task_argument period)
{
  for (;;) {
    print_status();
    rtems_task_wake_after(period);
  }
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id task;

  (void) argument;
  rtems_task_create(rtems_build_name('S', 'T', 'A', 'T'), 20, 8192, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &task);
  rtems_task_start(task, status_task, 10);
  rtems_task_wake_after(25);
  printf("%u lines\n", lines_printed);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 2
#include "classic_system.h"
