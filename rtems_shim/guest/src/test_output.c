/* What RTEMS's test framework writes: characters through the runner's putchar, and time as text. */

#include <inttypes.h>
#include <string.h>

#include <rtems.h>
#include <rtems/bspIo.h>
#include <rtems/test.h>

#include "internal.h"
#include "test_run.h"

/* To the console, a line at a time. */
void T_putchar_default(int character, void *argument)
{
  static char line[80];
  static unsigned used;

  (void) argument;
  line[used++] = (char) character;
  if (character == '\n' || used == sizeof(line)) {
    rtems_shim_console_write(line, used);
    used = 0;
  }
}

void T_set_putchar(T_putchar new_putchar, void *new_argument, T_putchar *putchar, void **argument)
{
  *putchar = rtems_shim_test.putchar;
  *argument = rtems_shim_test.putchar_arg;
  rtems_shim_test.putchar = new_putchar;
  rtems_shim_test.putchar_arg = new_argument;
}

int T_puts(const char *text, size_t size)
{
  size_t index;

  for (index = 0; index < size; ++index) {
    rtems_shim_test.putchar(text[index], rtems_shim_test.putchar_arg);
  }
  return (int) size;
}

static void write_to_report(void *context, const char *text, size_t size)
{
  (void) context;
  T_puts(text, size);
}

int T_vprintf(const char *format, va_list arguments)
{
  return rtems_shim_format(write_to_report, NULL, format, arguments);
}

int T_printf(const char *format, ...)
{
  va_list arguments;
  int total;

  va_start(arguments, format);
  total = T_vprintf(format, arguments);
  va_end(arguments);
  return total;
}

struct text {
  char *next;
  size_t left;
};

static void write_to_text(void *context, const char *part, size_t size)
{
  struct text *text = context;
  size_t count = size < text->left ? size : text->left;

  memcpy(text->next, part, count);
  text->next += count;
  text->left -= count;
}

int rtems_shim_test_format(char *buffer, size_t size, const char *format, va_list arguments)
{
  struct text text = { .next = buffer, .left = size == 0 ? 0 : size - 1 };
  int total = rtems_shim_format(write_to_text, &text, format, arguments);

  if (size > 0) {
    *text.next = '\0';
  }
  return total;
}

int T_snprintf(char *buffer, size_t size, const char *format, ...)
{
  va_list arguments;
  int total;

  va_start(arguments, format);
  total = rtems_shim_test_format(buffer, size, format, arguments);
  va_end(arguments);
  return total;
}

/* Without the NUL where it does not fit; returns how many characters. */
size_t T_str_copy(char *target, const char *source, size_t size)
{
  size_t count = 0;

  while (count < size && source[count] != '\0') {
    target[count] = source[count];
    ++count;
  }
  return count;
}

void T_log(T_verbosity verbosity, const char *format, ...)
{
  va_list arguments;

  if (rtems_shim_test.verbosity < verbosity) {
    return;
  }
  T_printf("L:");
  va_start(arguments, format);
  T_vprintf(format, arguments);
  va_end(arguments);
  T_printf("\n");
}

T_verbosity T_set_verbosity(T_verbosity verbosity)
{
  T_verbosity before = rtems_shim_test.verbosity;

  rtems_shim_test.verbosity = verbosity;
  return before;
}

/* Time: seconds and their binary fraction. */

#define NANOSECONDS UINT64_C(1000000000)

static T_time time_of_nanoseconds(uint64_t nanoseconds)
{
  return (nanoseconds / NANOSECONDS) << 32 | ((nanoseconds % NANOSECONDS) << 32) / NANOSECONDS;
}

T_time T_seconds_and_nanoseconds_to_time(uint32_t seconds, uint32_t nanoseconds)
{
  return time_of_nanoseconds(seconds * NANOSECONDS + nanoseconds);
}

void T_time_to_seconds_and_nanoseconds(T_time time, uint32_t *seconds, uint32_t *nanoseconds)
{
  *seconds = (uint32_t) (time >> 32);
  *nanoseconds = (uint32_t) ((NANOSECONDS * (uint32_t) time) >> 32);
}

T_time T_ticks_to_time(T_ticks ticks)
{
  return time_of_nanoseconds(rtems_counter_ticks_to_nanoseconds(ticks));
}

T_ticks T_time_to_ticks(T_time time)
{
  uint32_t seconds, nanoseconds;

  T_time_to_seconds_and_nanoseconds(time, &seconds, &nanoseconds);
  return rtems_counter_nanoseconds_to_ticks((uint32_t) (seconds * NANOSECONDS + nanoseconds));
}

T_ticks T_tick(void)
{
  return rtems_counter_read();
}

T_time T_now_clock(void)
{
  return (T_time) rtems_clock_get_monotonic_sbintime();
}

T_time T_now_dummy(void)
{
  static T_time now;

  return now++;
}

/* Since the first call, over turns of the counter that are seen. */
T_time T_now_tick(void)
{
  static bool begun;
  static T_ticks last;
  static T_time now;
  rtems_interrupt_level level;
  T_ticks ticks;

  rtems_interrupt_disable(level);
  ticks = T_tick();
  now = begun ? now + T_ticks_to_time(ticks - last) : 0;
  begun = true;
  last = ticks;
  rtems_interrupt_enable(level);
  return now;
}

T_time T_now(void)
{
  return rtems_shim_test.config->now();
}

/* ``digits`` behind the point. The last but one nanosecond counts as the whole, as the fraction is binary. */
static const char *fixed(T_time time, T_time_string string, unsigned digits)
{
  uint32_t seconds, nanoseconds, divisor = 1;
  unsigned dropped;

  T_time_to_seconds_and_nanoseconds(time + 2, &seconds, &nanoseconds);
  for (dropped = digits; dropped < 9; ++dropped) {
    divisor *= 10;
  }
  if (digits == 0) {
    T_snprintf(string, sizeof(T_time_string), "%" PRIu32, seconds);
  } else {
    T_snprintf(
      string,
      sizeof(T_time_string),
      "%" PRIu32 ".%0*" PRIu32,
      seconds,
      (int) digits,
      nanoseconds / divisor
    );
  }
  return string;
}

const char *T_time_to_string_ns(T_time time, T_time_string string)
{
  return fixed(time, string, 9);
}

const char *T_time_to_string_us(T_time time, T_time_string string)
{
  return fixed(time, string, 6);
}

const char *T_time_to_string_ms(T_time time, T_time_string string)
{
  return fixed(time, string, 3);
}

const char *T_time_to_string_s(T_time time, T_time_string string)
{
  return fixed(time, string, 0);
}

const char *T_ticks_to_string_ns(T_ticks ticks, T_time_string string)
{
  return fixed(T_ticks_to_time(ticks), string, 9);
}

const char *T_ticks_to_string_us(T_ticks ticks, T_time_string string)
{
  return fixed(T_ticks_to_time(ticks), string, 6);
}

const char *T_ticks_to_string_ms(T_ticks ticks, T_time_string string)
{
  return fixed(T_ticks_to_time(ticks), string, 3);
}

const char *T_ticks_to_string_s(T_ticks ticks, T_time_string string)
{
  return fixed(T_ticks_to_time(ticks), string, 0);
}
