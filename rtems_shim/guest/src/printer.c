/* Printers: where a report goes. */

#include <rtems/bspIo.h>
#include <rtems/printer.h>

#include "internal.h"

int rtems_vprintf(const rtems_printer *printer, const char *format, va_list arguments)
{
  return rtems_print_printer_valid(printer) ? printer->printer(printer->context, format, arguments) : 0;
}

int rtems_printf(const rtems_printer *printer, const char *format, ...)
{
  va_list arguments;
  int total;

  va_start(arguments, format);
  total = rtems_vprintf(printer, format, arguments);
  va_end(arguments);
  return total;
}

int rtems_printk_printer(void *context, const char *format, va_list arguments)
{
  (void) context;
  return vprintk(format, arguments);
}

static int print_to_stdout(void *context, const char *format, va_list arguments)
{
  (void) context;
  return vprintf(format, arguments);
}

static int print_to_stream(void *context, const char *format, va_list arguments)
{
  return vfprintf((FILE *) context, format, arguments);
}

void rtems_print_printer_printk(rtems_printer *printer)
{
  printer->context = NULL;
  printer->printer = rtems_printk_printer;
}

void rtems_print_printer_printf(rtems_printer *printer)
{
  printer->context = NULL;
  printer->printer = print_to_stdout;
}

void rtems_print_printer_fprintf(rtems_printer *printer, FILE *file)
{
  printer->context = file;
  printer->printer = print_to_stream;
}

void rtems_print_printer_fprintf_putc(rtems_printer *printer)
{
  rtems_print_printer_fprintf(printer, (FILE *) rtems_shim_console_stream());
}
