/* Where RTEMS's tests print: to the console, past the streams. */

#ifndef _RTEMS_TEST_PRINTER_H
#define _RTEMS_TEST_PRINTER_H

#include <rtems/printer.h>

#ifdef __cplusplus
extern "C" {
#endif

extern rtems_printer rtems_test_printer;

int rtems_test_printf(const char *, ...) RTEMS_PRINTFLIKE(1, 2);

#ifdef __cplusplus
}
#endif

#endif
