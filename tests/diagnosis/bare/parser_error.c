/* A parser of settings gives up by longjmp() where a value is wrong. */

#include "board.h"

#include <setjmp.h>
#include <stdarg.h>

static jmp_buf on_error;
static volatile uint32_t values[4];

static int __attribute__((noinline)) begin(void)
{
  return setjmp(on_error);
}

static void __attribute__((noinline)) parse(uint32_t i, const char *text)
{
  uint32_t value = 0;

  while (*text != 0) {
    if (*text < '0' || *text > '9') {
      longjmp(on_error, 1);
    }
    value = value * 10 + (uint32_t) (*text++ - '0');
  }
  values[i] = value;
}

static uint32_t __attribute__((noinline)) parse_all(uint32_t count, ...)
{
  uint32_t sum = 0;
  va_list texts;

  va_start(texts, count);
  for (uint32_t i = 0; i < count; ++i) {
    parse(i, va_arg(texts, const char *));
    sum += values[i];
  }
  va_end(texts);
  return sum;
}

int main(void)
{
  if (begin() != 0) {
    print("a value is wrong\n");
    return 1;
  }
  print_number("sum ", (long) parse_all(3, "12", "400", "8x"));
  return 0;
}
