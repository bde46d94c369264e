/* Error reports. */

#ifndef _RTEMS_ERROR_H
#define _RTEMS_ERROR_H

#include <rtems.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_ERROR_ERRNO 0x40000000
#define RTEMS_ERROR_PANIC 0x20000000
#define RTEMS_ERROR_ABORT 0x10000000

int rtems_error(uint32_t, const char *, ...) RTEMS_PRINTFLIKE(2, 3);

#ifdef __cplusplus
}
#endif

#endif
