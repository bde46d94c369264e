/* Devices on a bus have drivers with a state of their own; a request holds a pointer to one. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rtems.h>

typedef struct device {
  const struct operations *operations;
  uint8_t address;
  uint8_t errors;
  uint8_t name[6];
} device;

typedef struct operations {
  int (*start)(device *on);
  int (*stop)(device *on);
} operations;

typedef struct {
  device *target;
  uint8_t stop;
} request;

static int start_device(device *on)
{
  return on->address;
}

static int stop_device(device *on)
{
  on->errors = 0;
  return 0;
}

static const operations plain = { start_device, stop_device };
static device devices[3];
static rtems_id requests;

static void name_device(unsigned number, const char *name)
{
  memcpy(devices[number].name, name, strlen(name) + 1);
}

static void ask(unsigned number, uint8_t stop)
{
  request what = { &devices[number], stop };

  rtems_message_queue_send(requests, &what, sizeof(what));
}

static rtems_task bus(rtems_task_argument argument)
{
  static request what;
  static size_t size;

  (void) argument;
  for (;;) {
    rtems_message_queue_receive(requests, &what, &size, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    if (what.stop) {
      what.target->operations->stop(what.target);
    } else {
      what.target->operations->start(what.target);
    }
  }
}

static rtems_task shell(rtems_task_argument argument)
{
  (void) argument;
  for (unsigned i = 0; i < 3; ++i) {
    ask(i, 0);
  }
  name_device(1, "barometer");
  ask(1, 1);
  ask(2, 1);
  rtems_task_wake_after(5);
  exit(0);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  for (unsigned i = 0; i < 3; ++i) {
    devices[i].operations = &plain;
    devices[i].address = (uint8_t) (0x40 + i);
  }
  rtems_message_queue_create(rtems_build_name('R', 'Q', 'S', 'T'), 8, sizeof(request), RTEMS_DEFAULT_ATTRIBUTES, &requests);
  rtems_task_create(rtems_build_name('B', 'U', 'S', ' '), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, bus, argument);
  rtems_task_create(rtems_build_name('S', 'H', 'L', 'L'), 20, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, shell, argument);
  rtems_task_exit();
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(8, sizeof(request))
#include "classic_system.h"
