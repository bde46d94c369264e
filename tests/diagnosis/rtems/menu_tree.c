/* A menu: entries have a parent; the path to an entry is built from its end. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *label;
  uint8_t parent;
} entry;

static entry entries[] = {
  { "main", 0 }, { "settings", 0 }, { "display", 1 }, { "contrast", 2 }, { "network", 1 }, { "address", 4 },
};

static unsigned depth_of(uint8_t number)
{
  unsigned depth = 0;

  while (number != 0) {
    number = entries[number].parent;
    ++depth;
  }
  return depth;
}

static void move_entry(uint8_t number, uint8_t parent)
{
  entries[number].parent = parent;
}

static void *editor(void *argument)
{
  (void) argument;
  move_entry(2, 4);
  move_entry(4, 5);
  return NULL;
}

static void *screen(void *argument)
{
  (void) argument;
  for (uint8_t i = 0; i < sizeof(entries) / sizeof(entries[0]); ++i) {
    printf("%*s%s\n", (int) depth_of(i) * 2, "", entries[i].label);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, editor, NULL);
  pthread_join(thread, NULL);
  pthread_create(&thread, NULL, screen, NULL);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
