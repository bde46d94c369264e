/* Readings are kept in chunks from the heap, which are given back one by one. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

struct chunk {
  struct chunk *next;
  unsigned count;
  unsigned readings[6];
};

static struct chunk *first;

static void store(unsigned reading)
{
  if (first == NULL || first->count == 6) {
    struct chunk *chunk = malloc(sizeof *chunk);

    chunk->next = first;
    chunk->count = 0;
    first = chunk;
  }
  first->readings[first->count++] = reading;
}

static void spread(struct chunk *chunk, unsigned reading)
{
  for (unsigned i = 0; i < 9; ++i) {
    chunk->readings[i] = reading + 0x40000001u * i;
  }
}

static void give_back(void)
{
  while (first != NULL) {
    struct chunk *next = first->next;

    free(first);
    first = next;
  }
}

rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  for (unsigned i = 0; i < 20; ++i) {
    store(i);
  }
  spread(first->next, 0x90000000u);
  give_back();
  puts("all given back");
  exit(0);
}

#define CONFIGURE_MAXIMUM_TASKS 3
#define CONFIGURE_MAXIMUM_SEMAPHORES 1
#include "classic_system.h"
