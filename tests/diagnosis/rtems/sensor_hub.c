/* A hub polls sensors through a table of drivers; a driver that is absent has no entry. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rtems.h>

typedef struct {
  const char *name;
  int (*read)(uint32_t channel, int32_t *value);
} driver;

typedef struct {
  uint8_t driver;
  uint8_t channel;
} sensor;

static int read_thermo(uint32_t channel, int32_t *value)
{
  *value = 20 + (int32_t) channel;
  return 0;
}

static int read_light(uint32_t channel, int32_t *value)
{
  *value = 300 * (int32_t) channel;
  return 0;
}

static driver drivers[4] = { { "thermo", read_thermo }, { "light", read_light } };
static sensor sensors[6] = { { 0, 1 }, { 0, 2 }, { 1, 1 } };
static unsigned sensor_count = 3;
static rtems_id hub_lock, main_id;

static void add_sensor(uint8_t driver_number, uint8_t channel)
{
  rtems_semaphore_obtain(hub_lock, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  sensors[sensor_count++] = (sensor) { driver_number, channel };
  rtems_semaphore_release(hub_lock);
}

static int32_t poll_sensor(const sensor *which)
{
  int32_t value = 0;

  drivers[which->driver].read(which->channel, &value);
  return value;
}

static rtems_task hub(rtems_task_argument argument)
{
  int32_t sum = 0;

  (void) argument;
  for (int round = 0; round < 4; ++round) {
    rtems_semaphore_obtain(hub_lock, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
    for (unsigned i = 0; i < sensor_count; ++i) {
      sum += poll_sensor(&sensors[i]);
    }
    rtems_semaphore_release(hub_lock);
    rtems_task_wake_after(2);
  }
  printf("sum %ld\n", (long) sum);
  rtems_event_transient_send(main_id);
  rtems_task_exit();
}

static rtems_task plug(rtems_task_argument argument)
{
  (void) argument;
  rtems_task_wake_after(3);
  add_sensor(1, 7);
  rtems_task_wake_after(2);
  add_sensor(2, 1);
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  static const rtems_task_entry entries[2] = { hub, plug };
  rtems_id id;

  main_id = rtems_task_self();
  rtems_semaphore_create(rtems_build_name('H', 'U', 'B', 'L'), 1, RTEMS_BINARY_SEMAPHORE | RTEMS_PRIORITY, 0, &hub_lock);
  for (int i = 0; i < 2; ++i) {
    rtems_task_create(rtems_build_name('H', 'U', 'B', '0' + i), 10 + i, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
    rtems_task_start(id, entries[i], argument);
  }
  rtems_event_transient_receive(RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_SEMAPHORES 2
#include "classic_system.h"
