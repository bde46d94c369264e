/* Macros that RTEMS's tests are written with: checks that name what failed and end the run with exit code 1. */

#ifndef __TMACROS_h
#define __TMACROS_h

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsp.h>
#include <buffer_test_io.h>
#include <rtems/error.h>
#include <rtems/inttypes.h>
#include <rtems/score/threadimpl.h>
#include <rtems/test-info.h>

#define FOREVER 1

/* Older tests say it this way. */
#if defined(TEST_INIT) && !defined(CONFIGURE_INIT)
#define CONFIGURE_INIT
#endif

#ifdef CONFIGURE_INIT
#define TEST_EXTERN
#else
#define TEST_EXTERN extern
#endif

/* Dispatching is never disabled while a test runs: the level would always be 0. */
#define check_dispatch_disable_level(expected) \
  do { \
    (void) (expected); \
  } while (0)

#define check_if_allocator_mutex_is_not_owned() \
  do { \
  } while (0)

#define rtems_test_assert(condition) \
  do { \
    if (!(condition)) { \
      printf("%s: %d %s\n", __FILE__, __LINE__, #condition); \
      rtems_test_exit(1); \
    } \
  } while (0)

#define fatal_directive_check_status_only(status, desired, message) \
  do { \
    if ((status) != (desired)) { \
      printf( \
        "\n%s FAILED -- expected (%s) got (%s)\n", \
        (message), \
        rtems_status_text(desired), \
        rtems_status_text((rtems_status_code) (status)) \
      ); \
      FLUSH_OUTPUT(); \
      rtems_test_exit(1); \
    } \
  } while (0)
#define fatal_directive_status_with_level(status, desired, message, level) \
  do { \
    check_dispatch_disable_level(level); \
    fatal_directive_check_status_only(status, desired, message); \
  } while (0)
#define fatal_directive_status(status, desired, message) \
  fatal_directive_status_with_level(status, desired, message, 0)
#define directive_failed_with_level(status, message, level) \
  fatal_directive_status_with_level(status, RTEMS_SUCCESSFUL, message, level)
#define directive_failed(status, message) fatal_directive_status(status, RTEMS_SUCCESSFUL, message)

#define fatal_posix_service_status_with_level(status, desired, message, level) \
  do { \
    check_dispatch_disable_level(level); \
    if ((status) != (desired)) { \
      long rtems_shim_status = (long) (status); \
      printf( \
        "\n%s FAILED -- expected (%d - %s) got (%ld - %s)\n", \
        (message), \
        (desired), \
        strerror(desired), \
        rtems_shim_status, \
        strerror((int) rtems_shim_status) \
      ); \
      printf("\n FAILED -- errno (%d - %s)\n", errno, strerror(errno)); \
      FLUSH_OUTPUT(); \
      rtems_test_exit(1); \
    } \
  } while (0)
#define fatal_posix_service_status(status, desired, message) \
  fatal_posix_service_status_with_level(status, desired, message, 0)
#define posix_service_failed_with_level(status, message, level) \
  fatal_posix_service_status_with_level(status, 0, message, level)
#define posix_service_failed(status, message) fatal_posix_service_status(status, 0, message)

#define fatal_posix_service_status_errno(status, desired, message) \
  do { \
    if ((status) != -1 || errno != (desired)) { \
      long rtems_shim_status = (long) (status); \
      printf( \
        "\n%s FAILED -- expected (-1, %d - %s) got (%ld, %d - %s)\n", \
        (message), \
        (desired), \
        strerror(desired), \
        rtems_shim_status, \
        errno, \
        strerror(errno) \
      ); \
      FLUSH_OUTPUT(); \
      rtems_test_exit(1); \
    } \
  } while (0)

#define fatal_posix_sem(semaphore, message) \
  do { \
    if ((semaphore) != NULL) { \
      printf("\n%s FAILED -- expected NULL got %p (%s)\n", (message), (void *) (semaphore), strerror(errno)); \
      rtems_test_exit(1); \
    } \
  } while (0)

#define fatal_posix_mqd(queue, message) \
  do { \
    if ((int) (queue) != -1) { \
      printf("\n%s FAILED -- expected -1 got %d (%s)\n", (message), (int) (queue), strerror(errno)); \
      rtems_test_exit(1); \
    } \
  } while (0)

#define fatal_int_service_status_with_level(status, desired, message, level) \
  do { \
    check_dispatch_disable_level(level); \
    if ((status) != (desired)) { \
      printf("\n%s FAILED -- expected (%d) got (%d)\n", (message), (desired), (status)); \
      FLUSH_OUTPUT(); \
      rtems_test_exit(1); \
    } \
  } while (0)
#define fatal_int_service_status(status, desired, message) \
  fatal_int_service_status_with_level(status, desired, message, 0)
#define int_service_failed_with_level(status, message, level) \
  fatal_int_service_status_with_level(status, RTEMS_SUCCESSFUL, message, level)
#define int_service_failed(status, message) fatal_int_service_status(status, RTEMS_SUCCESSFUL, message)

#define sprint_time(text, before, time, after) \
  do { \
    sprintf( \
      (text), \
      "%s%02" PRIu32 ":%02" PRIu32 ":%02" PRIu32 "   %02" PRIu32 "/%02" PRIu32 "/%04" PRIu32 "%s", \
      (before), \
      (time)->hour, \
      (time)->minute, \
      (time)->second, \
      (time)->month, \
      (time)->day, \
      (time)->year, \
      (after) \
    ); \
  } while (0)

#define print_time(before, time, after) \
  do { \
    printf( \
      "%s%02" PRIu32 ":%02" PRIu32 ":%02" PRIu32 "   %02" PRIu32 "/%02" PRIu32 "/%04" PRIu32 "%s", \
      (before), \
      (time)->hour, \
      (time)->minute, \
      (time)->second, \
      (time)->month, \
      (time)->day, \
      (time)->year, \
      (after) \
    ); \
  } while (0)

#ifndef build_time
#define build_time(time, mon, dy, yr, hr, min, sec, tk) \
  { \
    (time)->year = (yr); \
    (time)->month = (mon); \
    (time)->day = (dy); \
    (time)->hour = (hr); \
    (time)->minute = (min); \
    (time)->second = (sec); \
    (time)->ticks = (tk); \
  }
#endif

#define put_dot(character) \
  do { \
    putchar(character); \
    FLUSH_OUTPUT(); \
  } while (0)
#define new_line puts("")
#define puts_nocr printf

/* Prints a name of up to four characters. */
#ifdef __cplusplus
extern "C" {
#endif
void rtems_shim_put_name(rtems_name name, bool with_new_line);
#ifdef __cplusplus
}
#endif
#define put_name(name, with_new_line) rtems_shim_put_name(name, with_new_line)

/* Nobody presses a key. */
#define rtems_test_pause() \
  do { \
    printf("<pause>\n"); \
    FLUSH_OUTPUT(); \
  } while (0)
#define rtems_test_pause_and_screen_number(screen) \
  do { \
    printf("<pause - screen %d>\n", (screen)); \
    FLUSH_OUTPUT(); \
  } while (0)

#ifndef TICKS_PER_SECOND
#define TICKS_PER_SECOND rtems_clock_get_ticks_per_second()
#endif

#define task_number(id) \
  (rtems_object_id_get_index(id) - \
   rtems_configuration_get_rtems_api_configuration()->number_of_initialization_tasks)

#define RTEMS_TEST_ARRAY_SIZE(array) RTEMS_ARRAY_SIZE(array)

#endif
