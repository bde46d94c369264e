/* Profiling: there is no data. */

#include <rtems/profiling.h>

void rtems_profiling_iterate(rtems_profiling_visitor visitor, void *argument)
{
  (void) visitor;
  (void) argument;
}

int rtems_profiling_report_xml(
  const char *name,
  const rtems_printer *printer,
  uint32_t indentation_level,
  const char *indentation
)
{
  (void) name;
  (void) printer;
  (void) indentation_level;
  (void) indentation;
  return 0;
}
