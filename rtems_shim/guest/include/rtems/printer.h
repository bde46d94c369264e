/* Printers: where a report goes. */

#ifndef _RTEMS_PRINTER_H
#define _RTEMS_PRINTER_H

#include <stdarg.h>
#include <stdio.h>

#include <rtems/score/basedefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int (*rtems_print_plugin_t)(void *, const char *, va_list);

typedef struct rtems_printer {
  void *context;
  rtems_print_plugin_t printer;
} rtems_printer;

int rtems_vprintf(const rtems_printer *, const char *, va_list);
int rtems_printf(const rtems_printer *, const char *, ...) RTEMS_PRINTFLIKE(2, 3);
void rtems_print_printer_printk(rtems_printer *);
void rtems_print_printer_printf(rtems_printer *);
void rtems_print_printer_fprintf(rtems_printer *, FILE *);
int rtems_printk_printer(void *, const char *, va_list);
int rtems_printf_plugin(void *, const char *, va_list);

#ifdef __cplusplus
}
#endif

#endif
