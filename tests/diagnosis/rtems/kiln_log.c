/* A kiln's log is a heap block that grows; readers keep where they are in it. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  uint32_t time;
  const char *what;
} entry;

static entry *entries;
static size_t used, room;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void add(uint32_t time, const char *what)
{
  pthread_mutex_lock(&lock);
  if (used == room) {
    room = room == 0 ? 4 : room * 2;
    entry *grown = malloc(room * sizeof(entry));

    memcpy(grown, entries, used * sizeof(entry));
    free(entries);
    entries = grown;
  }
  entries[used++] = (entry) { time, what };
  pthread_mutex_unlock(&lock);
}

static const entry *at(size_t number)
{
  pthread_mutex_lock(&lock);
  const entry *found = number < used ? &entries[number] : NULL;

  pthread_mutex_unlock(&lock);
  return found;
}

static void *burner(void *argument)
{
  static char *notes[8];

  (void) argument;
  for (uint32_t i = 0; i < 7; ++i) {
    add(i * 10, i % 2 ? "hotter" : "colder");
    usleep(30000);
    notes[i] = malloc(28);
    memset(notes[i], 0xb7, 28);
  }
  return NULL;
}

static void *viewer(void *argument)
{
  (void) argument;
  usleep(50000);
  const entry *shown = at(0);

  for (int i = 0; i < 5; ++i) {
    printf("%lu %s\n", (unsigned long) shown->time, shown->what);
    usleep(40000);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, burner, NULL);
  pthread_create(&threads[1], NULL, viewer, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
