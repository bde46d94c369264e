/* Doors of a lift: their state is a bit field with a counter beside it. */
#include <pthread.h>
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  unsigned floor : 3;
  unsigned open : 1;
  unsigned moves : 4;
  unsigned direction : 1;
} lift_state;

static lift_state lift;
static pthread_mutex_t lift_lock = PTHREAD_MUTEX_INITIALIZER;
static const char *const floors[] = { "cellar", "ground", "first", "second", "third", "fourth" };

static void open_doors(void)
{
  lift.open = 1;
}

static void close_doors(void)
{
  lift.open = 0;
}

static void move_to(unsigned floor)
{
  pthread_mutex_lock(&lift_lock);
  close_doors();
  lift.direction = floor > lift.floor;
  lift.floor = floor;
  ++lift.moves;
  open_doors();
  pthread_mutex_unlock(&lift_lock);
}

static void *panel(void *argument)
{
  (void) argument;
  for (unsigned i = 0; i < 12; ++i) {
    move_to(i * 5 % 9);
    sched_yield();
  }
  return NULL;
}

static void announce(unsigned floor)
{
  assert(floor < sizeof(floors) / sizeof(floors[0]));
  puts(floors[floor]);
}

static void *voice(void *argument)
{
  (void) argument;
  for (unsigned i = 0; i < 12; ++i) {
    pthread_mutex_lock(&lift_lock);
    unsigned floor = lift.floor;
    pthread_mutex_unlock(&lift_lock);
    announce(floor);
    sched_yield();
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, panel, NULL);
  pthread_create(&threads[1], NULL, voice, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
