/* Keeps a history of measurements, one block for each hour, for as long as there is memory. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct hour {
  struct hour *previous;
  unsigned number;
  int minutes[60];
  char remark[8000];
};

static struct hour *latest;

static void begin_hour(unsigned number)
{
  struct hour *hour = malloc(sizeof *hour);

  memset(hour, 0, sizeof *hour);
  hour->number = number;
  hour->previous = latest;
  latest = hour;
}

static void record(unsigned minute, int value)
{
  latest->minutes[minute % 60] = value;
}

static long total(void)
{
  long sum = 0;

  for (struct hour *hour = latest; hour != NULL; hour = hour->previous) {
    for (unsigned minute = 0; minute < 60; ++minute) {
      sum += hour->minutes[minute];
    }
  }
  return sum;
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  for (unsigned minute = 0; minute < 60 * 24 * 100; minute += 20) {
    if (minute % 60 == 0) {
      begin_hour(minute / 60);
    }
    record(minute, (int) (minute % 37));
  }
  printf("%ld\n", total());
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
