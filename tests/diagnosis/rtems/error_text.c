/* Error codes become messages; one place mixes up what its format takes. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

struct device {
  const char *name;
  int status;
};

static struct device devices[] = { { "flash", 0 }, { "radio", 17 }, { "gps", 0 } };

static void log_line(const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  fputs("log: ", stdout);
  vprintf(format, arguments);
  va_end(arguments);
}

static int check(const struct device *device)
{
  if (device->status != 0) {
    log_line("%s has status %s\n", device->name, device->status);
    return 1;
  }
  log_line("%s is fine\n", device->name);
  return 0;
}

static int check_all(void)
{
  int bad = 0;

  for (unsigned i = 0; i < sizeof devices / sizeof devices[0]; ++i) {
    bad += check(&devices[i]);
  }
  return bad;
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  devices[1].status = 0x70000011;
  printf("%d bad\n", check_all());
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
