/* RTEMS's printers, and what printk() knows of formats. */
#include <tmacros.h>
#include <rtems/printer.h>

const char rtems_test_name[] = "PRINTERS";

static rtems_task Init(rtems_task_argument argument)
{
  rtems_printer printer;

  (void) argument;
  rtems_print_printer_fprintf_putc(&rtems_test_printer);
  TEST_BEGIN();
  rtems_printf(&rtems_test_printer, "%s %g %zu\n", "text", 1.5, sizeof(int));
  rtems_print_printer_printf(&printer);
  rtems_printf(&printer, "printf %d\n", 1);
  rtems_print_printer_fprintf(&printer, stderr);
  rtems_printf(&printer, "fprintf %d\n", 2);
  rtems_print_printer_printk(&printer);
  rtems_printf(&printer, "printk %+d|% d|%#x|%hhu|%-5d|%05d|%jd|%zu\n", 1, 2, 255, 300, 3, -4, (intmax_t) -5, (size_t) 6);
  printk("%lld %hd %X %*d %.3s %%\n", 1LL << 40, 65537, 0xabc, -4, 7, "abcdef");
  rtems_print_printer_empty(&printer);
  printf("%d %d\n", rtems_print_printer_valid(&printer), rtems_printf(&printer, "nowhere"));
  TEST_END();
  rtems_test_exit(0);
}

#define CONFIGURE_APPLICATION_DOES_NOT_NEED_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT_TASK_ATTRIBUTES RTEMS_FLOATING_POINT
#define CONFIGURE_INITIAL_EXTENSIONS RTEMS_TEST_INITIAL_EXTENSION
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
