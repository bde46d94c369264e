/* The one run of RTEMS's test framework. */

#ifndef RTEMS_SHIM_TEST_RUN_H
#define RTEMS_SHIM_TEST_RUN_H

#include <setjmp.h>

#include <rtems/test.h>

/* What a plan that is not made says. */
#define RTEMS_SHIM_TEST_NO_PLAN UINT32_MAX

struct rtems_shim_test {
  const T_config *config;
  rtems_id runner;
  T_putchar putchar;
  void *putchar_arg;
  T_verbosity verbosity;
  const T_case_context *registered, *current;
  T_fixture_node *fixtures; /* the innermost one */
  T_fixture_node case_fixture;
  T_destructor *destructors;
  T_remark *remarks, **last_remark;
  T_time case_begin, run_begin;
  volatile unsigned planned, steps, failures;
  unsigned fixture_steps, all_cases, all_steps, all_failures;
  jmp_buf stop;
  volatile bool can_stop;
};

extern struct rtems_shim_test rtems_shim_test;

/* snprintf() with printk()'s formats. */
int rtems_shim_test_format(char *buffer, size_t size, const char *format, va_list arguments);

#endif
