/* Printing through a printer. */

#ifndef _RTEMS_PRINT_H
#define _RTEMS_PRINT_H

#include <stdarg.h>

#include <rtems/score/basedefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rtems_printer rtems_printer;

/* The number of characters, or 0 for a printer that is not valid. */
int rtems_printf(const rtems_printer *, const char *, ...) RTEMS_PRINTFLIKE(2, 3);
int rtems_vprintf(const rtems_printer *, const char *, va_list);

#ifdef __cplusplus
}
#endif

#endif
