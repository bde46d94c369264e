/* Error reports. */

#ifndef _RTEMS_ERROR_H
#define _RTEMS_ERROR_H

#include <stdarg.h>

#include <rtems.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_ERROR_ERRNO 0x40000000
#define RTEMS_ERROR_PANIC 0x20000000
#define RTEMS_ERROR_ABORT 0x10000000

typedef uint32_t rtems_error_code_t;

/* On stderr: the text, the status in the flags, errno where they ask for it. PANIC ends with _exit(errno). */
int rtems_error(rtems_error_code_t, const char *, ...) RTEMS_PRINTFLIKE(2, 3);
int rtems_verror(rtems_error_code_t, const char *, va_list);

extern int rtems_panic_in_progress;

#ifdef __cplusplus
}
#endif

#endif
