/* Arithmetic of struct timespec. */

#ifndef _RTEMS_TIMESPEC_H
#define _RTEMS_TIMESPEC_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

uint32_t rtems_configuration_get_nanoseconds_per_tick(void);

static inline bool rtems_timespec_is_valid(const struct timespec *time)
{
  return time != NULL && time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000L;
}

static inline bool rtems_timespec_less_than(const struct timespec *left, const struct timespec *right)
{
  return left->tv_sec < right->tv_sec || (left->tv_sec == right->tv_sec && left->tv_nsec < right->tv_nsec);
}

static inline bool rtems_timespec_greater_than(const struct timespec *left, const struct timespec *right)
{
  return rtems_timespec_less_than(right, left);
}

static inline bool rtems_timespec_equal_to(const struct timespec *left, const struct timespec *right)
{
  return left->tv_sec == right->tv_sec && left->tv_nsec == right->tv_nsec;
}

/* Returns by how many seconds tv_sec has grown. */
static inline time_t rtems_timespec_add_to(struct timespec *time, const struct timespec *add)
{
  time_t seconds = add->tv_sec;

  time->tv_sec += add->tv_sec;
  time->tv_nsec += add->tv_nsec;
  while (time->tv_nsec >= 1000000000L) {
    time->tv_nsec -= 1000000000L;
    ++time->tv_sec;
    ++seconds;
  }
  return seconds;
}

static inline void rtems_timespec_subtract(
  const struct timespec *start,
  const struct timespec *end,
  struct timespec *result
)
{
  const bool borrows = end->tv_nsec < start->tv_nsec;

  result->tv_sec = end->tv_sec - start->tv_sec - (borrows ? 1 : 0);
  result->tv_nsec = end->tv_nsec - start->tv_nsec + (borrows ? 1000000000L : 0);
}

/* Rounded up to whole ticks. */
static inline uint32_t rtems_timespec_to_ticks(const struct timespec *time)
{
  const uint32_t tick = rtems_configuration_get_nanoseconds_per_tick();

  return (uint32_t) (((uint64_t) time->tv_sec * 1000000000U + (uint64_t) time->tv_nsec + tick - 1) / tick);
}

static inline void rtems_timespec_from_ticks(uint32_t ticks, struct timespec *time)
{
  const uint64_t nanoseconds = (uint64_t) ticks * rtems_configuration_get_nanoseconds_per_tick();

  time->tv_sec = (time_t) (nanoseconds / 1000000000U);
  time->tv_nsec = (long) (nanoseconds % 1000000000U);
}

static inline void rtems_timespec_divide_by_integer(
  const struct timespec *time,
  uint32_t iterations,
  struct timespec *result
)
{
  const uint64_t nanoseconds = ((uint64_t) time->tv_sec * 1000000000U + (uint64_t) time->tv_nsec) / iterations;

  result->tv_sec = (time_t) (nanoseconds / 1000000000U);
  result->tv_nsec = (long) (nanoseconds % 1000000000U);
}

/* How many per cent ``left`` is of ``right``: whole ones, and thousandths. */
static inline void rtems_timespec_divide(
  const struct timespec *left,
  const struct timespec *right,
  uint32_t *whole,
  uint32_t *thousandths
)
{
  const uint64_t dividend = (uint64_t) left->tv_sec * 1000000000U + (uint64_t) left->tv_nsec;
  const uint64_t divisor = (uint64_t) right->tv_sec * 1000000000U + (uint64_t) right->tv_nsec;
  const uint64_t answer = divisor == 0 ? 0 : dividend * 100000U / divisor;

  *whole = (uint32_t) (answer / 1000U);
  *thousandths = (uint32_t) (answer % 1000U);
}

static inline void rtems_timespec_set(struct timespec *time, time_t seconds, uint32_t nanoseconds)
{
  time->tv_sec = seconds;
  time->tv_nsec = (long) nanoseconds;
}

static inline void rtems_timespec_zero(struct timespec *time)
{
  rtems_timespec_set(time, 0, 0);
}

static inline time_t rtems_timespec_get_seconds(const struct timespec *time)
{
  return time->tv_sec;
}

static inline uint32_t rtems_timespec_get_nanoseconds(const struct timespec *time)
{
  return (uint32_t) time->tv_nsec;
}

#ifdef __cplusplus
}
#endif

#include <rtems/score/timespec.h>

#endif
