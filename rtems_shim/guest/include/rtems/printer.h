/* Printers: where a report goes. */

#ifndef _RTEMS_PRINTER_H
#define _RTEMS_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <rtems/print.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int (*rtems_print_printer)(void *, const char *, va_list);

struct rtems_printer {
  void *context;
  rtems_print_printer printer;
};

static inline bool rtems_print_printer_valid(const rtems_printer *printer)
{
  return printer != NULL && printer->printer != NULL;
}

static inline void rtems_print_printer_empty(rtems_printer *printer)
{
  printer->context = NULL;
  printer->printer = NULL;
}

/* printk(): no floating point, works everywhere. */
void rtems_print_printer_printk(rtems_printer *);

/* The standard output of whoever prints. */
void rtems_print_printer_printf(rtems_printer *);

void rtems_print_printer_fprintf(rtems_printer *, FILE *);

/* All that fprintf() can format, to the console at once, without a buffer or an open file. */
void rtems_print_printer_fprintf_putc(rtems_printer *);

#ifdef __cplusplus
}
#endif

#endif
