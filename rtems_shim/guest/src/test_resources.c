/* Actions of RTEMS's test framework: after each case there must be as much in use as there was before the first. */

#include <inttypes.h>

#include <rtems.h>
#include <rtems/libcsupport.h>
#include <rtems/test.h>

#include "internal.h"

static struct rtems_shim_resources resources(void)
{
  struct rtems_shim_resources now;

  rtems_shim_resources_get(&now);
  return now;
}

/* What is more than before is told once. */
static void check(T_event event, uint32_t *before, uint32_t now, const char *what)
{
  if (event == T_EVENT_CASE_END && now != *before) {
    T_check(&T_special, false, "%s leak (%" PRIi32 ")", what, (int32_t) (now - *before));
  }
  if (event == T_EVENT_CASE_END || event == T_EVENT_RUN_INITIALIZE_EARLY) {
    *before = now;
  }
}

#define CHECK(action, field, what) \
  void T_check_##action(T_event event, const char *name) \
  { \
    static uint32_t before; \
    (void) name; \
    check(event, &before, resources().field, what); \
  }

CHECK(rtems_barriers, barriers, "RTEMS barrier")
CHECK(rtems_message_queues, message_queues, "RTEMS message queue")
CHECK(rtems_partitions, partitions, "RTEMS partition")
CHECK(rtems_periods, periods, "RTEMS period")
CHECK(rtems_regions, regions, "RTEMS region")
CHECK(rtems_semaphores, semaphores, "RTEMS semaphore")
CHECK(rtems_tasks, tasks, "RTEMS task")
CHECK(rtems_timers, timers, "RTEMS timer")
CHECK(posix_message_queues, posix_message_queues, "POSIX message queue")
CHECK(posix_semaphores, posix_semaphores, "POSIX semaphore")
CHECK(posix_threads, posix_threads, "POSIX thread")
CHECK(posix_timers, posix_timers, "POSIX timer")

void T_check_rtems_extensions(T_event event, const char *name)
{
  static uint32_t before;

  (void) name;
  check(event, &before, rtems_shim_extensions_in_use(), "RTEMS extension");
}

void T_check_posix_keys(T_event event, const char *name)
{
  static uint32_t before, pairs_before;

  (void) name;
  check(event, &before, resources().posix_keys, "POSIX key");
  check(event, &pairs_before, resources().posix_key_value_pairs, "POSIX key value pair");
}

void T_check_file_descriptors(T_event event, const char *name)
{
  static uint32_t before;

  (void) name;
  check(event, &before, resources().open_files, "file descriptor");
}

void T_check_heap(T_event event, const char *name)
{
  static size_t before;
  size_t now = malloc_free_space();

  (void) name;
  if (event == T_EVENT_CASE_END && now != before) {
    T_check(&T_special, false, "memory leak in heap");
  }
  if (event == T_EVENT_CASE_END || event == T_EVENT_RUN_INITIALIZE_EARLY) {
    before = now;
  }
}

static rtems_task_priority own_priority(void)
{
  rtems_task_priority priority = 0;

  T_quiet_rsc_success(rtems_task_set_priority(RTEMS_SELF, RTEMS_CURRENT_PRIORITY, &priority));
  return priority;
}

static uint32_t interrupt_level(void)
{
  uint32_t level;

  __asm__ volatile("mrs %0, basepri" : "=r"(level));
  return level != 0;
}

void T_check_task_context(T_event event, const char *name)
{
  static rtems_task_priority before;
  rtems_task_priority now;
  rtems_event_set events;

  (void) name;
  if (event == T_EVENT_RUN_INITIALIZE_EARLY) {
    before = own_priority();
  } else if (event == T_EVENT_CASE_BEGIN || event == T_EVENT_CASE_END) {
    T_check(&T_special, !rtems_interrupt_is_in_progress(), "Wrong ISR nest level (1)");
    T_check(&T_special, interrupt_level() == 0, "Wrong ISR level (%" PRIu32 ")", interrupt_level());
    now = own_priority();
    T_check(
      &T_special,
      now == before,
      "Wrong runner priority, expected %" PRIu32 ", actual %" PRIu32,
      before,
      now
    );
    T_quiet_rsc(
      rtems_event_receive(RTEMS_ALL_EVENTS, RTEMS_NO_WAIT | RTEMS_EVENT_ANY, RTEMS_NO_TIMEOUT, &events),
      RTEMS_UNSATISFIED
    );
    rtems_event_system_receive(RTEMS_ALL_EVENTS, RTEMS_NO_WAIT | RTEMS_EVENT_ANY, RTEMS_NO_TIMEOUT, &events);
  }
}
