/* Parcels go to chutes; a chute's list is kept in order of weight. */
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct parcel {
  struct parcel *next;
  uint32_t number;
  int16_t weight;
} parcel;

static parcel store[8];
static unsigned stored;
static parcel *chutes[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static parcel *new_parcel(uint32_t number, int16_t weight)
{
  parcel *made = &store[stored++ % 8];

  made->number = number;
  made->weight = weight;
  return made;
}

static void insert(parcel **list, parcel *added)
{
  while (*list != NULL && (*list)->weight < added->weight) {
    list = &(*list)->next;
  }
  added->next = *list;
  *list = added;
}

static void *sorter(void *argument)
{
  (void) argument;
  for (uint32_t i = 0; i < 10; ++i) {
    pthread_mutex_lock(&lock);
    insert(&chutes[i % 2], new_parcel(i, (int16_t) (100 + i * 37 % 50)));
    pthread_mutex_unlock(&lock);
    sched_yield();
  }
  return NULL;
}

static void *counter(void *argument)
{
  unsigned counted = 0;

  (void) argument;
  for (int chute = 0; chute < 2; ++chute) {
    for (const parcel *each = chutes[chute]; each != NULL; each = each->next) {
      ++counted;
    }
  }
  assert(counted == 10);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, sorter, NULL);
  pthread_join(thread, NULL);
  pthread_create(&thread, NULL, counter, NULL);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
