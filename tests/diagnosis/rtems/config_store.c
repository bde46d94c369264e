/* A configuration store with many readers; a reader that finds a stale entry refreshes it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct entry {
  char key[12];
  int value;
  unsigned generation;
};

static pthread_rwlock_t store_lock;
static struct entry entries[] = { { "gain", 4, 1 }, { "offset", -2, 1 }, { "limit", 90, 1 } };
static unsigned generation = 1;

static struct entry *find_entry(const char *key)
{
  for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); ++i) {
    if (strcmp(entries[i].key, key) == 0) {
      return &entries[i];
    }
  }
  return NULL;
}

static void refresh(struct entry *entry)
{
  pthread_rwlock_wrlock(&store_lock);
  entry->value += 1;
  entry->generation = generation;
  pthread_rwlock_unlock(&store_lock);
}

static int get_value(const char *key)
{
  int value;

  pthread_rwlock_rdlock(&store_lock);
  struct entry *entry = find_entry(key);
  if (entry->generation != generation) {
    refresh(entry);
  }
  value = entry->value;
  pthread_rwlock_unlock(&store_lock);
  return value;
}

static void *regulator(void *argument)
{
  int sum = 0;

  (void) argument;
  for (int round = 0; round < 3; ++round) {
    sum += get_value("gain") * get_value("limit");
    nanosleep(&(struct timespec) { 0, 20000000 }, NULL);
  }
  return (void *) sum;
}

static void *operator_panel(void *argument)
{
  (void) argument;
  nanosleep(&(struct timespec) { 0, 30000000 }, NULL);
  pthread_rwlock_wrlock(&store_lock);
  ++generation;
  pthread_rwlock_unlock(&store_lock);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_rwlock_init(&store_lock, NULL);
  pthread_create(&threads[0], NULL, regulator, NULL);
  pthread_create(&threads[1], NULL, operator_panel, NULL);
  pthread_setname_np(threads[0], "regulator");
  pthread_setname_np(threads[1], "panel");
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  printf("done\n");
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
