/* Doors are locked by a task for each; a barrier makes them begin together. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define DOORS 3

struct door {
  pthread_mutex_t *mutex;
  unsigned locked;
};

static pthread_mutex_t mutexes[DOORS];
static struct door doors[DOORS];
static pthread_barrier_t ready;
static pthread_key_t current_door;

static void lock_door(void)
{
  struct door *door = pthread_getspecific(current_door);

  pthread_mutex_lock(door->mutex);
  door->locked++;
  pthread_mutex_unlock(door->mutex);
}

static void *door_task(void *argument)
{
  struct door *door = argument;

  pthread_barrier_wait(&ready);
  if (door->mutex != NULL) {
    pthread_setspecific(current_door, door);
  }
  for (int i = 0; i < 2; ++i) {
    lock_door();
  }
  return NULL;
}

static void prepare(unsigned number)
{
  pthread_mutex_init(&mutexes[number], NULL);
  doors[number].mutex = &mutexes[number];
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[DOORS];

  (void) argument;
  pthread_key_create(&current_door, NULL);
  pthread_barrier_init(&ready, NULL, DOORS + 1);
  for (unsigned i = 0; i < DOORS; ++i) {
    pthread_create(&threads[i], NULL, door_task, &doors[i]);
  }
  for (unsigned i = 1; i < DOORS; ++i) {
    prepare(i);
  }
  pthread_barrier_wait(&ready);
  for (unsigned i = 0; i < DOORS; ++i) {
    pthread_join(threads[i], NULL);
  }
  printf("%u\n", doors[0].locked);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#define CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES 2
#define CONFIGURE_MAXIMUM_POSIX_TIMERS 2
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(8, 64)
#include "posix_system.h"
