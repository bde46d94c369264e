/* Pulses are counted by two tasks, the urgent one interrupts the other. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

struct totals {
  uint32_t pulses;
  uint32_t litres;
};

static struct totals totals;
static uint32_t expected;
static rtems_id done;

static uint32_t calibrate(uint32_t raw)
{
  uint32_t value = raw;

  for (volatile int i = 0; i < 400; ++i) {
    value = value * 3 + 1;
  }
  return (value & 1) + raw;
}

static void add_pulses(struct totals *to, uint32_t raw)
{
  uint32_t now = to->pulses;

  to->pulses = now + calibrate(raw) - calibrate(raw) + raw;
  to->litres = to->pulses / 10;
}

static rtems_task background_meter(rtems_task_argument argument)
{
  (void) argument;
  for (int i = 0; i < 200; ++i) {
    expected += 3;
    add_pulses(&totals, 3);
  }
  rtems_semaphore_release(done);
  rtems_task_exit();
}

static rtems_task urgent_meter(rtems_task_argument argument)
{
  (void) argument;
  for (int i = 0; i < 20; ++i) {
    rtems_task_wake_after(1);
    expected += 5;
    add_pulses(&totals, 5);
  }
  rtems_semaphore_release(done);
  rtems_task_exit();
}

static void check_totals(void)
{
  assert(totals.pulses == expected);
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  (void) argument;
  rtems_semaphore_create(rtems_build_name('D', 'O', 'N', 'E'), 0, RTEMS_COUNTING_SEMAPHORE | RTEMS_PRIORITY, 0, &done);
  rtems_task_create(rtems_build_name('B', 'A', 'C', 'K'), 30, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, background_meter, 0);
  rtems_task_create(rtems_build_name('U', 'R', 'G', 'T'), 5, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, urgent_meter, 0);
  rtems_semaphore_obtain(done, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  rtems_semaphore_obtain(done, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  check_totals();
  printf("%u pulses\n", (unsigned) totals.pulses);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_SEMAPHORES 2
#include "classic_system.h"
