/* Counters of 64 bits are printed by a helper that takes a format. */
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rtems.h>

typedef struct {
  const char *unit;
  uint64_t total;
  uint32_t rate;
} meter;

static char report[160];
static rtems_id report_lock;

static void add_text(char *to, const char *format, ...)
{
  va_list arguments;
  char kind;

  va_start(arguments, format);
  while ((kind = *format++) != '\0') {
    if (kind == 'u') {
      to += sprintf(to, "%lu ", va_arg(arguments, unsigned long));
    } else if (kind == 's') {
      const char *text = va_arg(arguments, const char *);

      while (*text != '\0') {
        *to++ = *text++;
      }
    }
  }
  *to = '\0';
  va_end(arguments);
}

static void report_meter(const meter *which)
{
  rtems_semaphore_obtain(report_lock, RTEMS_WAIT, RTEMS_NO_TIMEOUT);
  add_text(report, "uus", which->rate, which->total, which->unit);
  puts(report);
  rtems_semaphore_release(report_lock);
}

static rtems_task electricity(rtems_task_argument argument)
{
  meter mine = { "kWh", UINT64_C(0x129c8ba7f0), 17 };

  (void) argument;
  report_meter(&mine);
  rtems_task_exit();
}

rtems_task Init(rtems_task_argument argument)
{
  rtems_id id;

  rtems_semaphore_create(rtems_build_name('R', 'P', 'R', 'T'), 1, RTEMS_BINARY_SEMAPHORE | RTEMS_PRIORITY, 0, &report_lock);
  rtems_task_create(rtems_build_name('E', 'L', 'E', 'C'), 10, 4096, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id);
  rtems_task_start(id, electricity, argument);
  rtems_task_wake_after(5);
  exit(strlen(report) == 0);
}

#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_SEMAPHORES 2
#include "classic_system.h"
