/* Names are kept in a growing array; pointers into it are handed out. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct name {
  const char *text;
  unsigned uses;
};

static struct name *names;
static unsigned count, room;

static struct name *add_name(const char *text)
{
  if (count == room) {
    room = room ? 2 * room : 2;
    names = realloc(names, room * sizeof *names);
  }
  names[count].text = text;
  names[count].uses = 0;
  return &names[count++];
}

static unsigned *make_histogram(unsigned size)
{
  unsigned *histogram = malloc(size * sizeof *histogram);

  for (unsigned i = 0; i < size; ++i) {
    histogram[i] = 0x80000001u + 64 * i;
  }
  return histogram;
}

static unsigned measure(const struct name *name)
{
  return (unsigned) strlen(name->text);
}

rtems_task Init(rtems_task_argument argument)
{
  struct name *first = add_name("pressure");
  unsigned *histogram;

  (void) argument;
  add_name("flow");
  histogram = make_histogram(8);
  add_name("temperature");
  free(histogram);
  histogram = make_histogram(4);
  printf("%u %u\n", measure(first), histogram[0]);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
