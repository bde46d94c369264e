/* Names of stations are made from numbers; a list keeps pointers to them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct station {
  const char *(*describe)(const struct station *);
  int number;
};

static const char *describe_station(const struct station *station)
{
  return station->number % 2 == 0 ? "even" : "odd";
}

static struct station *nearest;

static int distance(int from, int to)
{
  return abs(from - to);
}

static struct station *closer(struct station *a, struct station *b, int place)
{
  return distance(a->number, place) <= distance(b->number, place) ? a : b;
}

static struct station *find_nearest(int place)
{
  struct station candidates[3];
  struct station *best = &candidates[0];

  for (int i = 0; i < 3; ++i) {
    candidates[i].number = 10 * i + 5;
    candidates[i].describe = describe_station;
    best = closer(best, &candidates[i], place);
  }
  return best;
}

static unsigned digest(const char *text)
{
  unsigned words[16];
  unsigned sum = 0;

  for (unsigned i = 0; i < 16; ++i) {
    words[i] = 0x9e3779b9u * (i + (unsigned char) text[i % strlen(text)]);
    sum ^= words[i] >> (i % 7);
  }
  return sum;
}

rtems_task Init(rtems_task_argument argument)
{
  unsigned sum;

  (void) argument;
  nearest = find_nearest(17);
  sum = digest("Rothera");
  printf("digest %08x\n", sum);
  printf("nearest is %s\n", nearest->describe(nearest));
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
