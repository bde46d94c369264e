/* Values are shown with a unit. The table is sorted by name before use. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct unit {
  unsigned id;
  const char *name;
};

static struct unit units[] = { { 17, "V" }, { 4, "A" }, { 9, "kW" }, { 23, "Hz" } };

static int by_name(const void *one, const void *other)
{
  const struct unit *const *first = one;
  const struct unit *const *second = other;

  return strcmp((*first)->name, (*second)->name);
}

static void sort_units(void)
{
  qsort(units, sizeof units / sizeof units[0], sizeof units[0], by_name);
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  sort_units();
  for (unsigned i = 0; i < 4; ++i) {
    printf("%u %s\n", units[i].id, units[i].name);
  }
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
