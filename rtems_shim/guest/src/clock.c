/* Clock Manager and CPU counter: forms of the two POSIX clocks and of the tick count. */

#include <stddef.h>
#include <sys/time.h>

#include <rtems.h>
#include <rtems/counter.h>

#include "internal.h"

/* Setting the clock runs the timers that are due then. */

void rtems_shim_run_timers(void)
{
  struct rtems_shim_timer_call call;

  while (rtems_shim_timer_next(&call)) {
    ((rtems_timer_service_routine_entry) call.routine)(call.id, (void *) call.user_data);
  }
}

int clock_settime(clockid_t clock, const struct timespec *time)
{
  int result = rtems_shim_clock_settime(clock, (void *) time);

  rtems_shim_run_timers();
  return result;
}

rtems_status_code rtems_clock_set(const rtems_time_of_day *time)
{
  rtems_status_code status = (rtems_status_code) rtems_shim_rtems_clock_set((void *) time);

  rtems_shim_run_timers();
  return status;
}

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

rtems_status_code rtems_clock_get_seconds_since_epoch(rtems_interval *seconds)
{
  struct timeval now;
  rtems_status_code status;

  if (seconds == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  status = rtems_clock_get_tod_timeval(&now);
  if (status == RTEMS_SUCCESSFUL) {
    *seconds = (rtems_interval) now.tv_sec;
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

/* Time in its other forms. A coarse clock is as precise as the other one. */

static struct timeval timeval_of(const struct timespec *time)
{
  return (struct timeval) { .tv_sec = time->tv_sec, .tv_usec = time->tv_nsec / 1000 };
}

/* 2^64 / 10^9 of a second for each nanosecond, rounded down. */
static struct bintime bintime_of(const struct timespec *time)
{
  return (struct bintime) { .sec = time->tv_sec, .frac = (uint64_t) time->tv_nsec * 18446744073U };
}

#define CLOCK_FORMS(name) \
  void name##_bintime(struct bintime *now) \
  { \
    struct timespec time; \
    name(&time); \
    *now = bintime_of(&time); \
  } \
  void name##_timeval(struct timeval *now) \
  { \
    struct timespec time; \
    name(&time); \
    *now = timeval_of(&time); \
  }

CLOCK_FORMS(rtems_clock_get_realtime)
CLOCK_FORMS(rtems_clock_get_monotonic)

void rtems_clock_get_realtime_coarse(struct timespec *now)
{
  rtems_clock_get_realtime(now);
}

void rtems_clock_get_monotonic_coarse(struct timespec *now)
{
  rtems_clock_get_monotonic(now);
}

CLOCK_FORMS(rtems_clock_get_realtime_coarse)
CLOCK_FORMS(rtems_clock_get_monotonic_coarse)

int64_t rtems_clock_get_monotonic_sbintime(void)
{
  struct bintime now;

  rtems_clock_get_monotonic_bintime(&now);
  return (int64_t) ((uint64_t) now.sec << 32 | now.frac >> 32);
}

/* The time of day at which CLOCK_MONOTONIC was zero. */
void rtems_clock_get_boot_time(struct timespec *boot)
{
  struct timespec monotonic;

  rtems_clock_get_monotonic(&monotonic);
  rtems_clock_get_realtime(boot);
  boot->tv_sec -= monotonic.tv_sec;
  boot->tv_nsec -= monotonic.tv_nsec;
  if (boot->tv_nsec < 0) {
    boot->tv_nsec += 1000000000;
    --boot->tv_sec;
  }
}

CLOCK_FORMS(rtems_clock_get_boot_time)

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

int64_t rtems_counter_ticks_to_sbintime(rtems_counter_ticks ticks)
{
  return (int64_t) (((uint64_t) ticks << 32) / rtems_shim_configuration.clock_hz);
}

/* Rounded to the nearest, so that ticks come back as they went. */
rtems_counter_ticks rtems_counter_sbintime_to_ticks(int64_t time)
{
  uint64_t seconds = (uint64_t) time >> 32, fraction = (uint32_t) time;

  return (rtems_counter_ticks) (seconds * rtems_shim_configuration.clock_hz +
    ((fraction * rtems_shim_configuration.clock_hz + 0x80000000U) >> 32));
}

/* For board support packages: the frequency is the configured clock's. */
void rtems_counter_initialize_converter(uint32_t frequency)
{
  (void) frequency;
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
