/* What RTEMS's tests are written with: messages, checks, spinning. */

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pmacros.h>
#include <test_support.h>

#include <rtems/test.h>
#include <rtems/version.h>

#include "internal.h"

rtems_printer rtems_test_printer = { .context = NULL, .printer = rtems_printk_printer };

static const char *const states[] = {
  [RTEMS_TEST_STATE_PASS] = "EXPECTED_PASS",
  [RTEMS_TEST_STATE_FAIL] = "EXPECTED_FAIL",
  [RTEMS_TEST_STATE_USER_INPUT] = "USER_INPUT",
  [RTEMS_TEST_STATE_INDETERMINATE] = "INDETERMINATE",
  [RTEMS_TEST_STATE_BENCHMARK] = "BENCHMARK"
};

void rtems_test_begin(const char *name, RTEMS_TEST_STATE state)
{
  printf("\n\n*** BEGIN OF TEST %s ***\n", name);
  printf("*** TEST VERSION: %s\n*** TEST STATE: %s\n", rtems_version(), states[state]);
  printf("*** TEST BUILD: RTEMS_POSIX_API\n*** TEST TOOLS: " __VERSION__ "\n");
  fflush(stdout);
}

void rtems_test_end(const char *name)
{
  printf("\n*** END OF TEST %s ***\n\n", name);
  fflush(stdout);
}

void rtems_test_exit(int status)
{
  fflush(stdout);
  rtems_shutdown_executive((uint32_t) status);
}

/* The kernel reports every fatal error; there is nothing to add. */
void rtems_test_fatal_extension(rtems_fatal_source source, bool always_false, rtems_fatal_code code)
{
  (void) source;
  (void) always_false;
  (void) code;
}

int rtems_test_printf(const char *format, ...)
{
  va_list arguments;
  int total;

  va_start(arguments, format);
  total = rtems_vprintf(&rtems_test_printer, format, arguments);
  va_end(arguments);
  return total;
}

static int print_in_report(void *context, const char *format, va_list arguments)
{
  (void) context;
  return T_vprintf(format, arguments);
}

void rtems_test_run(rtems_task_argument argument, RTEMS_TEST_STATE state)
{
  static const T_action actions[] = {
    T_report_hash_sha256,
    T_check_task_context,
    T_check_file_descriptors,
    T_check_rtems_barriers,
    T_check_rtems_extensions,
    T_check_rtems_message_queues,
    T_check_rtems_partitions,
    T_check_rtems_periods,
    T_check_rtems_regions,
    T_check_rtems_semaphores,
    T_check_rtems_tasks,
    T_check_rtems_timers,
    T_check_posix_keys
  };
  static const T_config config = {
    .name = rtems_test_name,
    .putchar = T_putchar_default,
    .verbosity = T_NORMAL,
    .now = T_now_clock,
    .allocate = malloc,
    .deallocate = free,
    .action_count = RTEMS_ARRAY_SIZE(actions),
    .actions = actions
  };
  rtems_print_printer before = rtems_test_printer.printer;
  int result;

  (void) argument;
  rtems_test_begin(rtems_test_name, state);
  T_register();
  rtems_test_printer.printer = print_in_report;
  result = T_main(&config);
  rtems_test_printer.printer = before;
  if (result == 0) {
    rtems_test_end(rtems_test_name);
  }
  rtems_test_exit(0);
}

void rtems_shim_put_name(rtems_name name, bool with_new_line)
{
  int shift;

  for (shift = 24; shift >= 0; shift -= 8) {
    int character = (int) (name >> shift) & 0xFF;

    if (shift == 24 || character != 0) {
      putchar(isprint(character) ? character : '*');
    }
  }
  if (with_new_line) {
    putchar('\n');
  }
}

void rtems_shim_print_current_time(const char *before, const char *after)
{
  char text[32];
  struct timespec now;

  rtems_test_assert(clock_gettime(CLOCK_REALTIME, &now) == 0);
  (void) ctime_r(&now.tv_sec, text);
  text[strlen(text) - 1] = '\0';
  printf("%s%s%s\n", before, text, after);
}

/* A program that brings RTEMS's files of the same functions has those. */
#define SUPPORT __attribute__((weak))

static const char *name_of_length(char *name, size_t length)
{
  memset(name, 'N', length);
  name[length] = '\0';
  return name;
}

SUPPORT const char *Get_Too_Long_Name(void)
{
  static char name[PATH_MAX + 2];

  return name_of_length(name, PATH_MAX + 1);
}

SUPPORT const char *Get_Longest_Name(void)
{
  static char name[PATH_MAX];

  return name_of_length(name, PATH_MAX - 1);
}

SUPPORT void rtems_test_spin_for_ticks(uint32_t ticks)
{
  rtems_interval stop = rtems_clock_tick_later(ticks);

  while (rtems_clock_tick_before(stop)) {
  }
}

SUPPORT void rtems_test_spin_until_next_tick(void)
{
  rtems_test_spin_for_ticks(1);
}

SUPPORT void locked_print_initialize(void)
{
}

SUPPORT int locked_vprintf(const char *format, va_list arguments)
{
  return vprintf(format, arguments);
}

SUPPORT int locked_printf(const char *format, ...)
{
  va_list arguments;
  int total;

  va_start(arguments, format);
  total = vprintf(format, arguments);
  va_end(arguments);
  return total;
}

SUPPORT int locked_printk(const char *format, ...)
{
  va_list arguments;
  int total;

  va_start(arguments, format);
  total = vprintk(format, arguments);
  va_end(arguments);
  return total;
}
