/* The checks of RTEMS's test framework: what one counts, and the line that tells of one that failed. */

#include <errno.h>
#include <string.h>

#include <rtems.h>

#include "internal.h"
#include "test_run.h"

#define LINE_SIZE 128
#define NO_STEP UINT32_MAX

const T_check_context T_special = { .file = "*", .line = -1, .flags = T_CHECK_FMT | T_CHECK_QUIET };

struct line {
  char text[LINE_SIZE];
  size_t used;
};

static void put(struct line *line, const char *format, va_list arguments)
{
  /* One place stays free for the end of the line. */
  size_t left = LINE_SIZE - line->used;
  int length = rtems_shim_test_format(&line->text[line->used], left, format, arguments);

  line->used += (size_t) length < left - 1 ? (size_t) length : left - 1;
}

static void putf(struct line *line, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  put(line, format, arguments);
  va_end(arguments);
}

static void put_steps(struct line *line, unsigned step)
{
  const T_fixture_node *node;

  for (node = rtems_shim_test.case_fixture.previous; node != NULL; node = node->previous) {
    putf(line, "%u.", node->next_steps);
  }
  if (step == NO_STEP) {
    putf(line, "*");
  } else {
    putf(line, "%u", step);
  }
}

/* Of the four characters of an object's name those that are seen, as on RTEMS. */
static void drop_blanks(char *name)
{
  char *kept = name;

  for (; *name != '\0'; ++name) {
    if (*name > ' ' && *name <= '~') {
      *kept++ = *name;
    }
  }
  *kept = '\0';
}

static void put_scope(struct line *line)
{
  T_fixture_node *node;
  char name[32] = "ISR";

  if (!rtems_interrupt_is_in_progress()) {
    rtems_object_get_name(rtems_task_self(), sizeof(name), name);
    if (strlen(name) <= sizeof(rtems_name)) {
      drop_blanks(name);
    }
  }
  putf(line, "%s", name);
  for (node = &rtems_shim_test.case_fixture; node != NULL; node = node->previous) {
    if (node->fixture != NULL && node->fixture->scope != NULL) {
      line->used += node->fixture->scope(node->context, &line->text[line->used], LINE_SIZE - 1 - line->used);
    }
  }
}

static void put_place(struct line *line, const T_check_context *check)
{
  const char *name = strrchr(check->file, '/');

  putf(line, "%s:", name == NULL ? check->file : name + 1);
  if (check->line >= 0) {
    putf(line, "%i", check->line);
  } else {
    putf(line, "*");
  }
}

static void begin_line(struct line *line, char letter, const T_check_context *check, unsigned step)
{
  line->used = 0;
  putf(line, "%c:", letter);
  put_steps(line, step);
  putf(line, ":0:");
  put_scope(line);
  putf(line, ":");
  put_place(line, check);
}

static void end_line(struct line *line)
{
  line->text[line->used++] = '\n';
  T_puts(line->text, line->used);
}

static unsigned count(volatile unsigned *counter)
{
  rtems_interrupt_level level;
  unsigned before;

  rtems_interrupt_disable(level);
  before = (*counter)++;
  rtems_interrupt_enable(level);
  return before;
}

void T_check(const T_check_context *check, bool ok, ...)
{
  bool quiet = (check->flags & T_CHECK_QUIET) != 0;
  unsigned step = quiet ? NO_STEP : count(&rtems_shim_test.steps);
  struct line line;
  va_list arguments;

  va_start(arguments, ok);
  if ((check->flags & T_CHECK_STEP_FLAG) != 0 && step != T_CHECK_STEP_FROM_FLAGS(check->flags)) {
    count(&rtems_shim_test.failures);
    begin_line(&line, 'F', check, step);
    putf(&line, ":planned step (%u)", T_CHECK_STEP_FROM_FLAGS(check->flags));
    end_line(&line);
  } else if (!ok) {
    count(&rtems_shim_test.failures);
    if (rtems_shim_test.verbosity >= T_NORMAL) {
      begin_line(&line, 'F', check, step);
      if ((check->flags & T_CHECK_FMT) != 0) {
        const char *format = va_arg(arguments, const char *);

        putf(&line, ":");
        put(&line, format, arguments);
      }
      end_line(&line);
    }
  } else if (!quiet && rtems_shim_test.verbosity >= T_VERBOSE) {
    begin_line(&line, 'P', check, step);
    end_line(&line);
  }
  va_end(arguments);
  if (!ok && (check->flags & T_CHECK_STOP) != 0) {
    T_stop();
  }
}

void T_check_step(const T_check_context *check, unsigned int expected)
{
  T_check_context step = *check;

  step.flags |= T_CHECK_STEP(expected);
  T_check(&step, true, "");
}

void T_check_eq_ptr(const T_check_context_msg *check, uintptr_t actual, uintptr_t expected)
{
  T_check(&check->base, actual == expected, "%s", check->msg);
}

void T_check_ne_ptr(const T_check_context_msg *check, uintptr_t actual, uintptr_t expected)
{
  T_check(&check->base, actual != expected, "%s", check->msg);
}

void T_check_null(const T_check_context_msg *check, uintptr_t actual)
{
  T_check(&check->base, actual == 0, "%s == NULL", check->msg);
}

void T_check_not_null(const T_check_context_msg *check, uintptr_t actual)
{
  T_check(&check->base, actual != 0, "%s != NULL", check->msg);
}

void T_check_eq_mem(const T_check_context_msg *check, const void *actual, const void *expected, size_t size)
{
  T_check(&check->base, memcmp(actual, expected, size) == 0, "%s", check->msg);
}

void T_check_ne_mem(const T_check_context_msg *check, const void *actual, const void *expected, size_t size)
{
  T_check(&check->base, memcmp(actual, expected, size) != 0, "%s", check->msg);
}

void T_check_eq_str(const T_check_context *check, const char *actual, const char *expected)
{
  T_check(check, strcmp(actual, expected) == 0, "\"%s\" == \"%s\"", actual, expected);
}

void T_check_ne_str(const T_check_context *check, const char *actual, const char *expected)
{
  T_check(check, strcmp(actual, expected) != 0, "\"%s\" != \"%s\"", actual, expected);
}

void T_check_eq_nstr(const T_check_context *check, const char *actual, const char *expected, size_t size)
{
  int n = (int) size;

  T_check(check, strncmp(actual, expected, size) == 0, "\"%.*s\" == \"%.*s\"", n, actual, n, expected);
}

void T_check_ne_nstr(const T_check_context *check, const char *actual, const char *expected, size_t size)
{
  int n = (int) size;

  T_check(check, strncmp(actual, expected, size) != 0, "\"%.*s\" != \"%.*s\"", n, actual, n, expected);
}

void T_check_eq_char(const T_check_context *check, char actual, char expected)
{
  T_check(check, actual == expected, "'%c' == '%c'", actual, expected);
}

void T_check_ne_char(const T_check_context *check, char actual, char expected)
{
  T_check(check, actual != expected, "'%c' != '%c'", actual, expected);
}

void T_check_eno(const T_check_context *check, int actual, int expected)
{
  T_check(check, actual == expected, "%s == %s", T_strerror(actual), T_strerror(expected));
}

void T_check_eno_success(const T_check_context *check, int actual)
{
  T_check_eno(check, actual, 0);
}

void T_check_psx_error(const T_check_context *check, int actual, int expected)
{
  int error = errno;

  T_check(
    check,
    actual == -1 && error == expected,
    "%i == -1, %s == %s",
    actual,
    T_strerror(error),
    T_strerror(expected)
  );
}

void T_check_psx_success(const T_check_context *check, int actual)
{
  T_check(check, actual == 0, "%i == 0, %s", actual, T_strerror(errno));
}

void T_check_rsc(const T_check_context *check, uint32_t actual, uint32_t expected)
{
  T_check(
    check,
    actual == expected,
    "%s == %s",
    rtems_status_text((rtems_status_code) actual),
    rtems_status_text((rtems_status_code) expected)
  );
}

void T_check_rsc_success(const T_check_context *check, uint32_t actual)
{
  T_check_rsc(check, actual, RTEMS_SUCCESSFUL);
}
