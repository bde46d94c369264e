/* Clock Manager. */

#ifndef _RTEMS_RTEMS_CLOCK_H
#define _RTEMS_RTEMS_CLOCK_H

#include <stdint.h>
#include <sys/time.h>

#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bintime;

typedef enum {
  RTEMS_CLOCK_GET_SECONDS_SINCE_EPOCH,
  RTEMS_CLOCK_GET_TICKS_SINCE_BOOT,
  RTEMS_CLOCK_GET_TICKS_PER_SECOND,
  RTEMS_CLOCK_GET_TOD,
  RTEMS_CLOCK_GET_TIME_VALUE
} rtems_clock_get_options;

/* One call for all, as RTEMS had it up to version 4.9. */
rtems_status_code rtems_clock_get(rtems_clock_get_options, void *);
rtems_status_code rtems_clock_set(const rtems_time_of_day *);
rtems_status_code rtems_clock_get_tod(rtems_time_of_day *);
rtems_status_code rtems_clock_get_tod_timeval(struct timeval *);
rtems_status_code rtems_clock_get_seconds_since_epoch(rtems_interval *);
rtems_interval rtems_clock_get_ticks_per_second(void);
rtems_interval rtems_clock_get_ticks_since_boot(void);
rtems_status_code rtems_clock_get_uptime(struct timespec *);
void rtems_clock_get_uptime_timeval(struct timeval *);
time_t rtems_clock_get_uptime_seconds(void);
uint64_t rtems_clock_get_uptime_nanoseconds(void);
void rtems_clock_get_realtime(struct timespec *);
void rtems_clock_get_monotonic(struct timespec *);
rtems_status_code rtems_clock_tick(void);

static inline rtems_interval rtems_clock_tick_later(rtems_interval delta)
{
  return rtems_clock_get_ticks_since_boot() + delta;
}

static inline rtems_interval rtems_clock_tick_later_usec(rtems_interval us)
{
  rtems_interval us_per_tick = 1000000 / rtems_clock_get_ticks_per_second();
  return rtems_clock_get_ticks_since_boot() + (us + us_per_tick - 1) / us_per_tick + 1;
}

static inline bool rtems_clock_tick_before(rtems_interval ticks)
{
  return (int32_t) (ticks - rtems_clock_get_ticks_since_boot()) > 0;
}

void rtems_clock_get_realtime_bintime(struct bintime *);
void rtems_clock_get_realtime_timeval(struct timeval *);
void rtems_clock_get_realtime_coarse(struct timespec *);
void rtems_clock_get_realtime_coarse_bintime(struct bintime *);
void rtems_clock_get_realtime_coarse_timeval(struct timeval *);
void rtems_clock_get_monotonic_bintime(struct bintime *);
void rtems_clock_get_monotonic_timeval(struct timeval *);
void rtems_clock_get_monotonic_coarse(struct timespec *);
void rtems_clock_get_monotonic_coarse_bintime(struct bintime *);
void rtems_clock_get_monotonic_coarse_timeval(struct timeval *);
int64_t rtems_clock_get_monotonic_sbintime(void);
void rtems_clock_get_boot_time(struct timespec *);
void rtems_clock_get_boot_time_bintime(struct bintime *);
void rtems_clock_get_boot_time_timeval(struct timeval *);

#ifdef __cplusplus
}
#endif

#endif
