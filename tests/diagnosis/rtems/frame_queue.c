/* Frames of a bus wait in a ring; a writer and a reader, each with an index of its own. */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SLOTS = 10, FRAMES = 40 };

typedef struct {
  uint32_t id;
  uint32_t check;
} frame;

typedef struct {
  frame slots[SLOTS];
  uint8_t head;
  uint8_t tail;
  sem_t filled;
} ring;

static ring bus;

static frame *next_slot(ring *of)
{
  frame *slot = &of->slots[of->head++];

  if (of->head > SLOTS) {
    of->head = 0;
  }
  return slot;
}

static void put(uint32_t id)
{
  frame *slot = next_slot(&bus);

  slot->id = id;
  slot->check = ~id;
  sem_post(&bus.filled);
}

static uint32_t take(void)
{
  sem_wait(&bus.filled);
  frame *slot = &bus.slots[bus.tail];

  bus.tail = (bus.tail + 1) % SLOTS;
  assert(slot->check == ~slot->id);
  return slot->id;
}

static void *reader(void *argument)
{
  uint32_t sum = 0;

  (void) argument;
  for (int i = 0; i < FRAMES; ++i) {
    uint32_t id = take();

    assert(id == (uint32_t) i * 3);
    sum += id;
  }
  printf("sum %u\n", (unsigned) sum);
  return NULL;
}

static void *writer(void *argument)
{
  (void) argument;
  for (uint32_t i = 0; i < FRAMES; ++i) {
    put(i * 3);
    sched_yield();
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  sem_init(&bus.filled, 0, 0);
  pthread_create(&threads[0], NULL, reader, NULL);
  pthread_create(&threads[1], NULL, writer, NULL);
  pthread_join(threads[0], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
