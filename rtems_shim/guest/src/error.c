/* Error reports on the standard error stream, and the end of the program where they ask for it. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rtems.h>
#include <rtems/error.h>

#define FLAGS (RTEMS_ERROR_ERRNO | RTEMS_ERROR_PANIC | RTEMS_ERROR_ABORT)

int rtems_panic_in_progress;

static int say_errno(int number)
{
  const char *text = strerror(number);

  if (number > 0 && *text != '\0') {
    return fprintf(stderr, " (errno: %s)", text);
  }
  return fprintf(stderr, " (unknown errno=%d)", number);
}

int rtems_verror(rtems_error_code_t flags, const char *format, va_list arguments)
{
  rtems_status_code status = (rtems_status_code) (flags & ~FLAGS);
  int number = errno, total;

  if ((flags & RTEMS_ERROR_PANIC) != 0 && ++rtems_panic_in_progress > 2) {
    return 0;
  }
  fflush(stdout);
  total = vfprintf(stderr, format, arguments);
  if (status != RTEMS_SUCCESSFUL) {
    total += fprintf(stderr, " (status: %s)", rtems_status_text(status));
  }
  if ((flags & RTEMS_ERROR_ERRNO) != 0 && number != 0) {
    total += say_errno(number);
  }
  total += fprintf(stderr, "\n");
  fflush(stderr);
  return total;
}

int rtems_error(rtems_error_code_t flags, const char *format, ...)
{
  int number = errno, total;
  va_list arguments;

  va_start(arguments, format);
  total = rtems_verror(flags, format, arguments);
  va_end(arguments);
  if ((flags & RTEMS_ERROR_PANIC) != 0) {
    rtems_error(0, "fatal error, exiting");
    _exit(number);
  }
  if ((flags & RTEMS_ERROR_ABORT) != 0) {
    rtems_error(0, "fatal error, aborting");
    abort();
  }
  return total;
}
