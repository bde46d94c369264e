/* A table of readings that grows as they come. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct reading {
  unsigned time;
  int value;
};

static struct reading *readings;
static size_t capacity, used;

static void grow(void)
{
  size_t wanted = capacity == 0 ? 16 : capacity * 2;

  readings = realloc(readings, wanted * sizeof readings);
  capacity = wanted;
}

static void add_reading(unsigned time, int value)
{
  if (used == capacity) {
    grow();
  }
  readings[used].time = time;
  readings[used].value = value;
  ++used;
}

static char *unit_text(const char *unit)
{
  return strdup(unit);
}

static void record(unsigned count)
{
  char *unit = NULL;

  for (unsigned i = 0; i < count; ++i) {
    add_reading(0x10000000u + i * 0x1000u, -(int) i);
    if (i == 1) {
      unit = unit_text("millivolt");
    }
  }
  printf("%u readings in %s\n", (unsigned) used, unit);
  free(unit);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  record(40);
  free(readings);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
