/* The part of the Classic API that needs no kernel, or several calls of it. */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/time.h>

#include <rtems.h>
#include <rtems/counter.h>
#include <rtems/malloc.h>
#include <rtems/rtems/timerimpl.h>

#include "internal.h"

RTEMS_STATIC_ASSERT(sizeof(rtems_time_of_day) == sizeof(struct rtems_shim_time_of_day), rtems_time_of_day);

#define SECONDS_1970_TO_1988 567993600

/* Tasks */

void rtems_task_exit(void)
{
  rtems_shim_run_cleanup();
  rtems_shim_streams_end();
  rtems_shim_thread_exit(NULL);
}

rtems_status_code rtems_task_delete(rtems_id id)
{
  if (id == RTEMS_SELF || id == rtems_task_self()) {
    rtems_task_exit();
  }
  return (rtems_status_code) rtems_shim_rtems_task_delete(id);
}

rtems_status_code rtems_scheduler_ident(rtems_name name, rtems_id *id)
{
  (void) name;
  if (id == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  *id = rtems_build_id(OBJECTS_INTERNAL_API, 0, 1, 1);
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_task_get_scheduler(rtems_id task, rtems_id *scheduler)
{
  (void) task;
  return rtems_scheduler_ident(0, scheduler);
}

/* The timer server: it runs the routines of timers that were fired with rtems_timer_server_fire_*(). */

static Timer_server_Control timer_server;

Timer_server_Control *volatile _Timer_server;

void rtems_shim_timer_server(rtems_task_argument);

void rtems_shim_timer_server(rtems_task_argument argument)
{
  struct rtems_shim_timer_call call;

  (void) argument;
  timer_server.server_id = rtems_task_self();
  _Timer_server = &timer_server;
  for (;;) {
    rtems_shim_timer_server_next(&call);
    ((rtems_timer_service_routine_entry) call.routine)(call.id, (void *) call.user_data);
  }
}

/* Clock. CLOCK_MONOTONIC is one second ahead of the uptime, which starts at zero. */

static void get_uptime(struct timespec *uptime)
{
  clock_gettime(CLOCK_MONOTONIC, uptime);
  --uptime->tv_sec;
}

rtems_status_code rtems_clock_get_uptime(struct timespec *uptime)
{
  if (uptime == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  get_uptime(uptime);
  return RTEMS_SUCCESSFUL;
}

void rtems_clock_get_uptime_timeval(struct timeval *uptime)
{
  struct timespec now;

  get_uptime(&now);
  uptime->tv_sec = now.tv_sec;
  uptime->tv_usec = now.tv_nsec / 1000;
}

time_t rtems_clock_get_uptime_seconds(void)
{
  struct timespec now;

  get_uptime(&now);
  return now.tv_sec;
}

uint64_t rtems_clock_get_uptime_nanoseconds(void)
{
  struct timespec now;

  get_uptime(&now);
  return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

void rtems_clock_get_realtime(struct timespec *now)
{
  clock_gettime(CLOCK_REALTIME, now);
}

void rtems_clock_get_monotonic(struct timespec *now)
{
  clock_gettime(CLOCK_MONOTONIC, now);
}

/* RTEMS_NOT_DEFINED, as rtems_clock_get_tod() answers, until the clock has been set. */
rtems_status_code rtems_clock_get_tod_timeval(struct timeval *time)
{
  rtems_time_of_day ignored;
  struct timespec now;
  rtems_status_code status;

  if (time == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  status = rtems_clock_get_tod(&ignored);
  if (status == RTEMS_SUCCESSFUL) {
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
  }
  return status;
}

/* RTEMS counts from 1 January 1988. */
rtems_status_code rtems_clock_get_seconds_since_epoch(rtems_interval *seconds)
{
  struct timeval now;
  rtems_status_code status;

  if (seconds == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  status = rtems_clock_get_tod_timeval(&now);
  if (status == RTEMS_SUCCESSFUL) {
    *seconds = (rtems_interval) (now.tv_sec - SECONDS_1970_TO_1988);
  }
  return status;
}

rtems_status_code rtems_clock_get(rtems_clock_get_options option, void *result)
{
  if (result == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  switch (option) {
    case RTEMS_CLOCK_GET_SECONDS_SINCE_EPOCH:
      return rtems_clock_get_seconds_since_epoch(result);
    case RTEMS_CLOCK_GET_TICKS_SINCE_BOOT:
      *(rtems_interval *) result = rtems_clock_get_ticks_since_boot();
      return RTEMS_SUCCESSFUL;
    case RTEMS_CLOCK_GET_TICKS_PER_SECOND:
      *(rtems_interval *) result = rtems_clock_get_ticks_per_second();
      return RTEMS_SUCCESSFUL;
    case RTEMS_CLOCK_GET_TOD:
      return rtems_clock_get_tod(result);
    case RTEMS_CLOCK_GET_TIME_VALUE:
      return rtems_clock_get_tod_timeval(result);
    default:
      return RTEMS_INVALID_NUMBER;
  }
}

/* The counter: virtual time is instructions, and CLOCK_MONOTONIC counts them. */

rtems_counter_ticks rtems_counter_read(void)
{
  uint64_t nanoseconds = rtems_clock_get_uptime_nanoseconds();

  return (rtems_counter_ticks) (nanoseconds / 1000 * (rtems_shim_configuration.clock_hz / 1000) / 1000);
}

uint32_t rtems_counter_frequency(void)
{
  return rtems_shim_configuration.clock_hz;
}

uint64_t rtems_counter_ticks_to_nanoseconds(rtems_counter_ticks ticks)
{
  return (uint64_t) ticks * 1000000000 / rtems_shim_configuration.clock_hz;
}

rtems_counter_ticks rtems_counter_nanoseconds_to_ticks(uint32_t nanoseconds)
{
  return (rtems_counter_ticks) ((uint64_t) nanoseconds * rtems_shim_configuration.clock_hz / 1000000000);
}

void rtems_counter_delay_ticks(rtems_counter_ticks ticks)
{
  rtems_counter_ticks start = rtems_counter_read();

  while (rtems_counter_read() - start < ticks) {
  }
}

void rtems_counter_delay_nanoseconds(uint32_t nanoseconds)
{
  rtems_counter_delay_ticks(rtems_counter_nanoseconds_to_ticks(nanoseconds));
}

/* Status codes */

static const struct {
  const char *text;
  int error;
} statuses[] = {
  [RTEMS_SUCCESSFUL] = { "RTEMS_SUCCESSFUL", 0 },
  [RTEMS_TASK_EXITTED] = { "RTEMS_TASK_EXITTED", EIO },
  [RTEMS_MP_NOT_CONFIGURED] = { "RTEMS_MP_NOT_CONFIGURED", EIO },
  [RTEMS_INVALID_NAME] = { "RTEMS_INVALID_NAME", EINVAL },
  [RTEMS_INVALID_ID] = { "RTEMS_INVALID_ID", EIO },
  [RTEMS_TOO_MANY] = { "RTEMS_TOO_MANY", EIO },
  [RTEMS_TIMEOUT] = { "RTEMS_TIMEOUT", ETIMEDOUT },
  [RTEMS_OBJECT_WAS_DELETED] = { "RTEMS_OBJECT_WAS_DELETED", EIO },
  [RTEMS_INVALID_SIZE] = { "RTEMS_INVALID_SIZE", EIO },
  [RTEMS_INVALID_ADDRESS] = { "RTEMS_INVALID_ADDRESS", EIO },
  [RTEMS_INVALID_NUMBER] = { "RTEMS_INVALID_NUMBER", EBADF },
  [RTEMS_NOT_DEFINED] = { "RTEMS_NOT_DEFINED", EIO },
  [RTEMS_RESOURCE_IN_USE] = { "RTEMS_RESOURCE_IN_USE", EBUSY },
  [RTEMS_UNSATISFIED] = { "RTEMS_UNSATISFIED", ENODEV },
  [RTEMS_INCORRECT_STATE] = { "RTEMS_INCORRECT_STATE", EIO },
  [RTEMS_ALREADY_SUSPENDED] = { "RTEMS_ALREADY_SUSPENDED", EIO },
  [RTEMS_ILLEGAL_ON_SELF] = { "RTEMS_ILLEGAL_ON_SELF", EIO },
  [RTEMS_ILLEGAL_ON_REMOTE_OBJECT] = { "RTEMS_ILLEGAL_ON_REMOTE_OBJECT", EIO },
  [RTEMS_CALLED_FROM_ISR] = { "RTEMS_CALLED_FROM_ISR", EIO },
  [RTEMS_INVALID_PRIORITY] = { "RTEMS_INVALID_PRIORITY", EIO },
  [RTEMS_INVALID_CLOCK] = { "RTEMS_INVALID_CLOCK", EINVAL },
  [RTEMS_INVALID_NODE] = { "RTEMS_INVALID_NODE", EINVAL },
  [RTEMS_NOT_CONFIGURED] = { "RTEMS_NOT_CONFIGURED", ENOSYS },
  [RTEMS_NOT_OWNER_OF_RESOURCE] = { "RTEMS_NOT_OWNER_OF_RESOURCE", EPERM },
  [RTEMS_NOT_IMPLEMENTED] = { "RTEMS_NOT_IMPLEMENTED", ENOSYS },
  [RTEMS_INTERNAL_ERROR] = { "RTEMS_INTERNAL_ERROR", EIO },
  [RTEMS_NO_MEMORY] = { "RTEMS_NO_MEMORY", ENOMEM },
  [RTEMS_IO_ERROR] = { "RTEMS_IO_ERROR", EIO },
  [RTEMS_INTERRUPTED] = { "RTEMS_INTERRUPTED", EINTR },
  [RTEMS_PROXY_BLOCKING] = { "RTEMS_PROXY_BLOCKING", EIO }
};

const char *rtems_status_text(rtems_status_code code)
{
  return (unsigned) code < RTEMS_ARRAY_SIZE(statuses) ? statuses[code].text : "?";
}

int rtems_status_code_to_errno(rtems_status_code code)
{
  return (unsigned) code < RTEMS_ARRAY_SIZE(statuses) ? statuses[code].error : EIO;
}

/* Configuration */

const rtems_api_configuration_table *rtems_configuration_get_rtems_api_configuration(void)
{
  static rtems_api_configuration_table table;
  const struct rtems_shim_configuration *from = &rtems_shim_configuration;

  table.maximum_tasks = from->maximum_tasks;
  table.maximum_timers = from->maximum_timers;
  table.maximum_semaphores = from->maximum_semaphores;
  table.maximum_message_queues = from->maximum_message_queues;
  table.maximum_partitions = from->maximum_partitions;
  table.maximum_regions = from->maximum_regions;
  table.maximum_periods = from->maximum_periods;
  table.maximum_barriers = from->maximum_barriers;
  table.number_of_initialization_tasks = from->classic_init_entry != 0 ? 1 : 0;
  return &table;
}

uint32_t rtems_configuration_get_microseconds_per_tick(void)
{
  return rtems_shim_configuration.microseconds_per_tick;
}

uint32_t rtems_configuration_get_milliseconds_per_tick(void)
{
  return rtems_shim_configuration.microseconds_per_tick / 1000;
}

uint32_t rtems_configuration_get_nanoseconds_per_tick(void)
{
  return rtems_shim_configuration.microseconds_per_tick * 1000;
}

uint32_t rtems_configuration_get_ticks_per_timeslice(void)
{
  return rtems_shim_configuration.ticks_per_timeslice;
}

uintptr_t rtems_configuration_get_interrupt_stack_size(void)
{
  return rtems_shim_configuration.interrupt_stack_size;
}

bool rtems_configuration_is_unlimited_objects_enabled(void)
{
  return rtems_resource_is_unlimited(rtems_shim_configuration.maximum_semaphores);
}

uint32_t rtems_configuration_get_maximum_processors(void)
{
  return 1;
}

uint32_t rtems_get_processor_count(void)
{
  return 1;
}

uint32_t rtems_get_current_processor(void)
{
  return 0;
}

uint32_t rtems_scheduler_get_processor(void)
{
  return 0;
}

uint32_t rtems_scheduler_get_processor_maximum(void)
{
  return 1;
}

uint16_t rtems_object_get_local_node(void)
{
  return 1;
}

const char *rtems_get_version_string(void)
{
  return "rtems (shim)";
}

const char *rtems_get_copyright_notice(void)
{
  return "";
}

/* Memory */

int rtems_memalign(void **block, size_t alignment, size_t size)
{
  return posix_memalign(block, alignment, size);
}

void *rtems_heap_allocate_aligned_with_boundary(size_t size, size_t alignment, size_t boundary)
{
  void *block = NULL;

  (void) boundary;
  return posix_memalign(&block, alignment < sizeof(void *) ? sizeof(void *) : alignment, size) == 0 ? block : NULL;
}

void *rtems_calloc(size_t count, size_t size)
{
  return calloc(count, size);
}

void *rtems_malloc(size_t size)
{
  return malloc(size);
}
