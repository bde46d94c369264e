/* A cache of values by key; a hash finds the slot. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 16 };

typedef struct {
  const char *key;
  int value;
} slot;

static uint32_t collisions[2];
static void (*on_collision)(const char *key);
static slot slots[SLOTS];
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;

static void count_collision(const char *key)
{
  printf("collision of %s\n", key);
  ++collisions[0];
}

static int hash_of(const char *key)
{
  int hash = 17;

  while (*key != '\0') {
    hash = hash * 131 + *key++;
  }
  return hash;
}

static slot *slot_of(const char *key)
{
  return &slots[hash_of(key) % SLOTS];
}

static void put_value(const char *key, int value)
{
  pthread_mutex_lock(&cache_lock);
  slot *found = slot_of(key);

  if (found->key != NULL && strcmp(found->key, key) != 0) {
    on_collision(key);
  }
  found->key = key;
  found->value = value;
  pthread_mutex_unlock(&cache_lock);
}

static void *filler(void *argument)
{
  static const char *const keys[] = { "flow", "pressure", "temperature", "level", "density", "turbidity", "ph", "speed", "power", "torque" };

  (void) argument;
  for (unsigned i = 0; i < 10; ++i) {
    put_value(keys[i], (int) i * 100 + 3);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  on_collision = count_collision;
  pthread_create(&thread, NULL, filler, NULL);
  pthread_join(thread, NULL);
  printf("%u collisions\n", (unsigned) collisions[0]);
  exit(slot_of("level")->value != 303);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
