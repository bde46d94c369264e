/* Numbers in texts, with a status. [RTEMS 6: cpukit/libmisc/stringto] */

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include <rtems/stringto.h>

/* What the C library found up to `end`. `limit` is its answer where the number is out of its own range. */
static rtems_status_code judge(const char *text, char *end, char **end_out, bool is_limit)
{
  if (end_out != NULL) {
    *end_out = end;
  }
  if (end == text) {
    return RTEMS_NOT_DEFINED;
  }
  return errno == ERANGE && is_limit ? RTEMS_INVALID_NUMBER : RTEMS_SUCCESSFUL;
}

/* `convert` gives a `wide`, whose value is to be one of `type`; `is_limit` looks at `found`. */
#define CONVERT(type, wide, convert, is_limit) \
  { \
    rtems_status_code status; \
    wide found; \
    char *end; \
    if (number == NULL) { \
      return RTEMS_INVALID_ADDRESS; \
    } \
    errno = 0; \
    *number = 0; \
    found = convert; \
    status = judge(text, end, end_out, is_limit); \
    if (status != RTEMS_SUCCESSFUL) { \
      return status; \
    } \
    if ((wide) (type) found != found) { \
      errno = ERANGE; \
      return RTEMS_INVALID_NUMBER; \
    } \
    *number = (type) found; \
    return RTEMS_SUCCESSFUL; \
  }

#define INTEGER(name, type, wide, convert, is_limit) \
  rtems_status_code rtems_string_to_##name(const char *text, type *number, char **end_out, int base) \
  CONVERT(type, wide, convert(text, &end, base), is_limit)

#define SIGNED_LIMIT(least, most) found == 0 || found == (least) || found == (most)
#define UNSIGNED_LIMIT(most) found == 0 || found == (most)

INTEGER(int, int, long, strtol, SIGNED_LIMIT(LONG_MIN, LONG_MAX))
INTEGER(long, long, long, strtol, SIGNED_LIMIT(LONG_MIN, LONG_MAX))
INTEGER(long_long, long long, long long, strtoll, SIGNED_LIMIT(LLONG_MIN, LLONG_MAX))
INTEGER(unsigned_char, unsigned char, unsigned long, strtoul, UNSIGNED_LIMIT(ULONG_MAX))
INTEGER(unsigned_int, unsigned int, unsigned long, strtoul, UNSIGNED_LIMIT(ULONG_MAX))
INTEGER(unsigned_long, unsigned long, unsigned long, strtoul, UNSIGNED_LIMIT(ULONG_MAX))
INTEGER(unsigned_long_long, unsigned long long, unsigned long long, strtoull, UNSIGNED_LIMIT(ULLONG_MAX))

#define FLOATING(name, type, convert, huge) \
  rtems_status_code rtems_string_to_##name(const char *text, type *number, char **end_out) \
  { \
    rtems_status_code status; \
    type found; \
    char *end; \
    if (number == NULL) { \
      return RTEMS_INVALID_ADDRESS; \
    } \
    errno = 0; \
    *number = 0; \
    found = convert(text, &end); \
    status = judge(text, end, end_out, found == 0 || found == (huge) || found == -(huge)); \
    if (status == RTEMS_SUCCESSFUL) { \
      *number = found; \
    } \
    return status; \
  }

FLOATING(float, float, strtof, HUGE_VALF)
FLOATING(double, double, strtod, HUGE_VAL)
FLOATING(long_double, long double, strtold, HUGE_VALL)

rtems_status_code rtems_string_to_pointer(const char *text, void **number, char **end)
{
  return rtems_string_to_unsigned_long(text, (unsigned long *) number, end, 0);
}
