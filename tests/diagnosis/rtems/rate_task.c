/* A periodic task measures; a second one computes for longer than its period allows. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <rtems.h>

static rtems_id main_id;
static volatile uint32_t measured, computed;

static void check(rtems_status_code status)
{
  assert(status == RTEMS_SUCCESSFUL);
}

static uint32_t compute(uint32_t rounds)
{
  uint32_t sum = 1;

  for (uint32_t i = 0; i < rounds; ++i) {
    sum = sum * 1664525u + 1013904223u;
  }
  return sum;
}

static rtems_task measure(rtems_task_argument argument)
{
  rtems_id period;

  (void) argument;
  check(rtems_rate_monotonic_create(rtems_build_name('P', 'M', 'E', 'A'), &period));
  for (int i = 0; i < 20; ++i) {
    check(rtems_rate_monotonic_period(period, 3));
    ++measured;
  }
  rtems_event_transient_send(main_id);
  rtems_task_exit();
}

static rtems_task filter(rtems_task_argument argument)
{
  (void) argument;
  for (uint32_t i = 1;; ++i) {
    computed += compute(i % 6 == 5 ? 1200000 : 2000);
    rtems_task_wake_after(2);
  }
}

static void start(rtems_name name, rtems_task_priority priority, rtems_task_entry entry)
{
  rtems_id id;

  check(rtems_task_create(name, priority, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id));
  check(rtems_task_start(id, entry, 0));
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  main_id = rtems_task_self();
  start(rtems_build_name('F', 'I', 'L', 'T'), 10, filter);
  start(rtems_build_name('M', 'E', 'A', 'S'), 20, measure);
  check(rtems_event_transient_receive(RTEMS_WAIT, RTEMS_NO_TIMEOUT));
  printf("%u\n", (unsigned) measured);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_PERIODS 1
#include "classic_system.h"
