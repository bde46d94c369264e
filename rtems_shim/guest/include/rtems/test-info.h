/* What RTEMS's tests say at their beginning and end. */

#ifndef _RTEMS_TEST_INFO_H
#define _RTEMS_TEST_INFO_H

#include <rtems.h>
#include <rtems/bspIo.h>
#include <rtems/printer.h>
#include <rtems/test-printer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  RTEMS_TEST_STATE_PASS,
  RTEMS_TEST_STATE_FAIL,
  RTEMS_TEST_STATE_USER_INPUT,
  RTEMS_TEST_STATE_INDETERMINATE,
  RTEMS_TEST_STATE_BENCHMARK
} RTEMS_TEST_STATE;

#ifndef TEST_STATE
#define TEST_STATE RTEMS_TEST_STATE_PASS
#endif

/* Every test defines its own name. */
extern const char rtems_test_name[];

#define RTEMS_TEST_INITIAL_EXTENSION { .fatal = rtems_test_fatal_extension }
#define TEST_BEGIN() rtems_test_begin(rtems_test_name, TEST_STATE)
#define TEST_END() rtems_test_end(rtems_test_name)

void rtems_test_begin(const char *, RTEMS_TEST_STATE);
void rtems_test_end(const char *);
void rtems_test_exit(int) RTEMS_NO_RETURN;
void rtems_test_fatal_extension(rtems_fatal_source, bool, rtems_fatal_code);

/* Runs the cases of <rtems/test.h> between a begin and an end, and ends the program. */
void rtems_test_run(rtems_task_argument, RTEMS_TEST_STATE) RTEMS_NO_RETURN;

#ifdef __cplusplus
}
#endif

#endif
