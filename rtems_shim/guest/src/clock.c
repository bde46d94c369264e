/* Clock Manager and CPU counter: forms of the two POSIX clocks and of the tick count. */

#include <stddef.h>
#include <sys/time.h>

#include <rtems.h>
#include <rtems/counter.h>

#include "internal.h"

#define SECONDS_1970_TO_1988 567993600

/* Clock. CLOCK_MONOTONIC is one second ahead of the uptime, which starts at zero. */

static void get_uptime(struct timespec *uptime)
{
  (void) clock_gettime(CLOCK_MONOTONIC, uptime);
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
