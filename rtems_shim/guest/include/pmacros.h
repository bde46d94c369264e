/* Macros of RTEMS's POSIX tests. */

#ifndef __POSIX_TEST_MACROS_h
#define __POSIX_TEST_MACROS_h

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tmacros.h>

#define TM_SUNDAY 0
#define TM_MONDAY 1
#define TM_TUESDAY 2
#define TM_WEDNESDAY 3
#define TM_THURSDAY 4
#define TM_FRIDAY 5
#define TM_SATURDAY 6

#define TM_JANUARY 0
#define TM_FEBRUARY 1
#define TM_MARCH 2
#define TM_APRIL 3
#define TM_MAY 4
#define TM_JUNE 5
#define TM_JULY 6
#define TM_AUGUST 7
#define TM_SEPTEMBER 8
#define TM_OCTOBER 9
#define TM_NOVEMBER 10
#define TM_DECEMBER 11

#ifndef tm_build_time
#define tm_build_time(time, weekday, mon, day, yr, hr, min, sec) \
  { \
    (time)->tm_year = (yr); \
    (time)->tm_mon = (mon); \
    (time)->tm_mday = (day); \
    (time)->tm_wday = (weekday); \
    (time)->tm_hour = (hr); \
    (time)->tm_min = (min); \
    (time)->tm_sec = (sec); \
  }
#endif

#define set_time(weekday, mon, day, yr, hr, min, sec) \
  do { \
    struct tm rtems_shim_tm = { .tm_isdst = 0 }; \
    struct timespec rtems_shim_time; \
    tm_build_time(&rtems_shim_tm, weekday, mon, day, yr, hr, min, sec); \
    rtems_shim_time.tv_sec = mktime(&rtems_shim_tm); \
    rtems_shim_time.tv_nsec = 0; \
    rtems_test_assert(rtems_shim_time.tv_sec != -1); \
    rtems_test_assert(clock_settime(CLOCK_REALTIME, &rtems_shim_time) == 0); \
  } while (0)

/* Prints the date in ctime()'s form between two strings. */
#ifdef __cplusplus
extern "C" {
#endif
void rtems_shim_print_current_time(const char *before, const char *after);
#ifdef __cplusplus
}
#endif
#define print_current_time(before, after) rtems_shim_print_current_time(before, after)

#define empty_line() puts("")

#endif
