/* A ring buffer that checks itself. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

#define CAPACITY 8

struct ring {
  int items[CAPACITY];
  unsigned head;
  unsigned count;
};

static struct ring ring;

static void put(struct ring *to, int item)
{
  assert(to->count < CAPACITY);
  to->items[(to->head + to->count) % CAPACITY] = item;
  ++to->count;
}

static int get(struct ring *from)
{
  int item = from->items[from->head];

  from->head = (from->head + 1) % CAPACITY;
  --from->count;
  return item;
}

static void produce(unsigned burst)
{
  for (unsigned i = 0; i < burst; ++i) {
    put(&ring, (int) i);
  }
}

static long consume(unsigned burst)
{
  long sum = 0;

  for (unsigned i = 0; i < burst; ++i) {
    sum += get(&ring);
  }
  return sum;
}

rtems_task Init(rtems_task_argument argument)
{
  long sum = 0;

  (void) argument;
  for (unsigned round = 1; round < 10; ++round) {
    produce(round);
    sum += consume(round - 1);
  }
  printf("sum %ld\n", sum);
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 1
#include "classic_system.h"
