/* Output that needs neither the C library's streams nor its heap. */

#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include <rtems/bspIo.h>

#include "internal.h"

#define LINE_SIZE 80

/* Collects output so that a line costs one trap. */
struct line {
  rtems_shim_writer *write;
  void *context;
  char text[LINE_SIZE];
  unsigned used;
  int total;
};

struct conversion {
  bool left, zero, alternate;
  char sign; /* what goes before a number that is not negative, NUL for nothing */
  int width, precision;
  int bits; /* of the argument */
};

static void flush_line(struct line *line)
{
  if (line->used > 0) {
    line->write(line->context, line->text, line->used);
    line->used = 0;
  }
}

static void put(struct line *line, char character)
{
  line->text[line->used++] = character;
  ++line->total;
  if (character == '\n' || line->used == LINE_SIZE) {
    flush_line(line);
  }
}

static void put_padded(struct line *line, const struct conversion *c, const char *prefix, const char *text, int size)
{
  int padding = c->width - size - (int) strlen(prefix);

  if (!c->left && !c->zero) {
    for (; padding > 0; --padding) {
      put(line, ' ');
    }
  }
  while (*prefix != '\0') {
    put(line, *prefix++);
  }
  if (c->zero && !c->left) {
    for (; padding > 0; --padding) {
      put(line, '0');
    }
  }
  while (size-- > 0) {
    put(line, *text++);
  }
  for (; c->left && padding > 0; --padding) {
    put(line, ' ');
  }
}

static void put_number(
  struct line *line,
  const struct conversion *c,
  uint64_t value,
  unsigned base,
  const char *prefix,
  bool upper
)
{
  char digits[24];
  char *digit = &digits[sizeof(digits)];
  int minimum = c->precision < 0 ? 1 : c->precision;

  while (value != 0 || minimum > 0) {
    if (digit == digits) {
      break;
    }
    *--digit = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
    value /= base;
    --minimum;
  }
  put_padded(line, c, prefix, digit, (int) (&digits[sizeof(digits)] - digit));
}

/* hh, h, l, ll, z, t and j: size_t and ptrdiff_t are words here. */
static const char *read_length(const char *format, struct conversion *c)
{
  for (;; ++format) {
    if (*format == 'h') {
      c->bits = c->bits == 16 ? 8 : 16;
    } else if (*format == 'j' || (*format == 'l' && format[1] == 'l')) {
      c->bits = 64;
    } else if (*format != 'l' && *format != 'z' && *format != 't') {
      return format;
    }
  }
}

static const char *read_flags(const char *format, struct conversion *c, va_list *arguments)
{
  memset(c, 0, sizeof(*c));
  c->precision = -1;
  c->bits = 32;
  for (;; ++format) {
    if (*format == '-') {
      c->left = true;
    } else if (*format == '0') {
      c->zero = true;
    } else if (*format == '#') {
      c->alternate = true;
    } else if (*format == '+' || (*format == ' ' && c->sign == '\0')) {
      c->sign = *format;
    } else if (*format != ' ') {
      break;
    }
  }
  if (*format == '*') {
    c->width = va_arg(*arguments, int);
    ++format;
    if (c->width < 0) {
      c->left = true;
      c->width = -c->width;
    }
  }
  for (; *format >= '0' && *format <= '9'; ++format) {
    c->width = c->width * 10 + (*format - '0');
  }
  if (*format == '.') {
    c->precision = 0;
    if (*++format == '*') {
      c->precision = va_arg(*arguments, int);
      ++format;
    }
    for (; *format >= '0' && *format <= '9'; ++format) {
      c->precision = c->precision * 10 + (*format - '0');
    }
  }
  return read_length(format, c);
}

/* The argument, of which the low ``bits`` count. */
static uint64_t raw_argument(const struct conversion *c, va_list *arguments)
{
  return c->bits == 64 ? va_arg(*arguments, unsigned long long) : va_arg(*arguments, unsigned);
}

static uint64_t unsigned_argument(const struct conversion *c, va_list *arguments)
{
  int unused = 64 - c->bits;

  return raw_argument(c, arguments) << unused >> unused;
}

static void put_signed(struct line *line, const struct conversion *c, va_list *arguments)
{
  int unused = 64 - c->bits;
  int64_t value = (int64_t) (raw_argument(c, arguments) << unused) >> unused;
  const char plus[] = { c->sign, '\0' };

  put_number(line, c, value < 0 ? -(uint64_t) value : (uint64_t) value, 10, value < 0 ? "-" : plus, false);
}

static void put_alternate(struct line *line, struct conversion c, uint64_t value, char letter)
{
  const char prefix[] = { '0', letter, '\0' };

  put_number(line, &c, value, 16, c.alternate && value != 0 ? prefix : "", letter == 'X');
}

static void put_string(struct line *line, const struct conversion *c, const char *text)
{
  struct conversion spaces = *c;
  size_t size;

  if (text == NULL) {
    text = "(null)";
  }
  size = c->precision < 0 ? strlen(text) : strnlen(text, (size_t) c->precision);
  spaces.zero = false;
  put_padded(line, &spaces, "", text, (int) size);
}

/* Whether there is such a conversion. */
static bool put_conversion(struct line *line, const struct conversion *c, char letter, va_list *arguments)
{
  char character;

  switch (letter) {
    case 'd':
    case 'i':
      put_signed(line, c, arguments);
      break;
    case 'u':
      put_number(line, c, unsigned_argument(c, arguments), 10, "", false);
      break;
    case 'o':
      put_number(line, c, unsigned_argument(c, arguments), 8, "", false);
      break;
    case 'x':
    case 'X':
      put_alternate(line, *c, unsigned_argument(c, arguments), letter);
      break;
    case 'p':
      put_number(line, c, va_arg(*arguments, uintptr_t), 16, "0x", false);
      break;
    case 's':
      put_string(line, c, va_arg(*arguments, const char *));
      break;
    case 'c':
      character = (char) va_arg(*arguments, int);
      put_padded(line, c, "", &character, 1);
      break;
    case '%':
      put(line, letter);
      break;
    default:
      return false;
  }
  return true;
}

int rtems_shim_format(rtems_shim_writer *write, void *context, const char *format, va_list arguments)
{
  struct line line;
  struct conversion conversion;
  bool stopped = false;
  va_list rest;

  line.write = write;
  line.context = context;
  line.used = 0;
  line.total = 0;
  va_copy(rest, arguments);
  for (; *format != '\0'; ++format) {
    const char *percent = format;

    if (*format != '%' || stopped) {
      put(&line, *format);
      continue;
    }
    format = read_flags(format + 1, &conversion, &rest);
    if (*format == '\0') {
      break;
    }
    if (!put_conversion(&line, &conversion, *format, &rest)) {
      stopped = true; /* as on RTEMS: nobody knows any more which arguments are whose */
      format = percent;
      put(&line, *format);
    }
  }
  va_end(rest);
  flush_line(&line);
  return line.total;
}

static void write_to_console(void *context, const char *text, size_t size)
{
  (void) context;
  rtems_shim_console_write((void *) text, size);
}

int vprintk(const char *format, va_list arguments)
{
  return rtems_shim_format(write_to_console, NULL, format, arguments);
}

int printk(const char *format, ...)
{
  va_list arguments;
  int total;

  va_start(arguments, format);
  total = vprintk(format, arguments);
  va_end(arguments);
  return total;
}

int putk(const char *text)
{
  return printk("%s\n", text);
}

void rtems_putc(char character)
{
  rtems_shim_console_write(&character, 1);
}

void rtems_put_char(int character, void *context)
{
  (void) context;
  rtems_putc((char) character);
}

BSP_polling_getchar_function_type BSP_poll_char = rtems_shim_console_getchar;

int getchark(void)
{
  return BSP_poll_char != NULL ? BSP_poll_char() : -1;
}
