/* Support of RTEMS's tests. */

#ifndef __TEST_SUPPORT_h
#define __TEST_SUPPORT_h

#include <stdarg.h>
#include <stdio.h>

#include <rtems/test-info.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A name one character longer than PATH_MAX allows, and the longest that it does allow. */
const char *Get_Too_Long_Name(void);
const char *Get_Longest_Name(void);

/* Spins until `ticks` ticks have passed. */
void rtems_test_spin_for_ticks(uint32_t ticks);
void rtems_test_spin_until_next_tick(void);

/* Of RTEMS's measurements of time, which bring it along. */
typedef void (*rtems_time_test_method_t)(int iteration, void *argument);
void rtems_time_test_measure_operation(
  const char *description, rtems_time_test_method_t operation, void *argument, int iterations, int overhead
);

void locked_print_initialize(void);
int locked_printf(const char *, ...) RTEMS_PRINTFLIKE(1, 2);
int locked_vprintf(const char *, va_list);
int locked_printk(const char *, ...) RTEMS_PRINTFLIKE(1, 2);

#ifdef __cplusplus
}
#endif

#endif
