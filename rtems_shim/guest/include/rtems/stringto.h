/* Numbers in texts. */

#ifndef _RTEMS_STRINGTO_H
#define _RTEMS_STRINGTO_H

#include <rtems.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * RTEMS_NOT_DEFINED: there is no number. RTEMS_INVALID_NUMBER: it is too large or too small. The number is 0 then; where
 * it ends in the text is told in any case.
 */
rtems_status_code rtems_string_to_unsigned_char(const char *, unsigned char *, char **, int base);
rtems_status_code rtems_string_to_int(const char *, int *, char **, int base);
rtems_status_code rtems_string_to_unsigned_int(const char *, unsigned int *, char **, int base);
rtems_status_code rtems_string_to_long(const char *, long *, char **, int base);
rtems_status_code rtems_string_to_unsigned_long(const char *, unsigned long *, char **, int base);
rtems_status_code rtems_string_to_long_long(const char *, long long *, char **, int base);
rtems_status_code rtems_string_to_unsigned_long_long(const char *, unsigned long long *, char **, int base);
rtems_status_code rtems_string_to_float(const char *, float *, char **);
rtems_status_code rtems_string_to_double(const char *, double *, char **);
rtems_status_code rtems_string_to_long_double(const char *, long double *, char **);
rtems_status_code rtems_string_to_pointer(const char *, void **, char **);

#ifdef __cplusplus
}
#endif

#endif
