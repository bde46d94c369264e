/* An event bus: listeners are called with the bus locked. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

typedef void (*listener)(uint32_t event);

static rtems_id bus_lock, main_id;
static listener listeners[4];
static unsigned listening;
static uint32_t heard;

static void lock_bus(void)
{
  rtems_semaphore_obtain(bus_lock, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
}

static void unlock_bus(void)
{
  rtems_semaphore_release(bus_lock);
}

static void listen_to_bus(listener new_listener)
{
  lock_bus();
  listeners[listening++] = new_listener;
  unlock_bus();
}

static void publish(uint32_t event)
{
  lock_bus();
  for (unsigned i = 0; i < listening; ++i) {
    listeners[i](event);
  }
  unlock_bus();
}

static void count_event(uint32_t event)
{
  heard += event;
}

static void on_plug(uint32_t event)
{
  if (event == 3) {
    listen_to_bus(count_event);
  }
}

static rtems_task hotplug(rtems_task_argument argument)
{
  (void) argument;
  for (uint32_t event = 1; event < 5; ++event) {
    publish(event);
  }
  rtems_event_transient_send(main_id);
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  main_id = rtems_task_self();
  rtems_semaphore_create(rtems_build_name('B', 'U', 'S', 'L'), 1, RTEMS_SIMPLE_BINARY_SEMAPHORE, 0, &bus_lock);
  listen_to_bus(on_plug);
  rtems_task_create(rtems_build_name('P', 'L', 'U', 'G'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, hotplug, argument);
  rtems_event_transient_receive(RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  printf("%u heard\n", (unsigned) heard);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 5
#define CONFIGURE_MAXIMUM_SEMAPHORES 4
#define CONFIGURE_MAXIMUM_PARTITIONS 2
#include "classic_system.h"
