/* What RTEMS's tests say at their beginning and end. */

#ifndef _RTEMS_TEST_H
#define _RTEMS_TEST_H

#include <rtems.h>
#include <rtems/bspIo.h>
#include <rtems/printer.h>

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
extern rtems_printer rtems_test_printer;

#define RTEMS_TEST_INITIAL_EXTENSION { .fatal = rtems_test_fatal_extension }
#define TEST_BEGIN() rtems_test_begin(rtems_test_name, TEST_STATE)
#define TEST_END() rtems_test_end(rtems_test_name)

void rtems_test_begin(const char *, RTEMS_TEST_STATE);
void rtems_test_end(const char *);
void rtems_test_exit(int) RTEMS_NO_RETURN;
void rtems_test_fatal_extension(rtems_fatal_source, bool, rtems_fatal_code);
int rtems_test_printf(const char *, ...) RTEMS_PRINTFLIKE(1, 2);

#ifdef __cplusplus
}
#endif

#endif
