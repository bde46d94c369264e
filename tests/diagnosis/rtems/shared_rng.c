/* A die is thrown by several players; who throws a zero has thrown nothing. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  uint32_t state;
  uint8_t sides;
} die;

static die the_die = { 0x2468ace1, 6 };
static uint32_t thrown[2];

static uint32_t throw_die(die *with)
{
  with->state = with->state * 1103515245u + 12345u;
  return (with->state >> 16) % with->sides + 1;
}

static void set_sides(die *of, uint16_t sides)
{
  of->sides = sides;
}

static void *player(void *argument)
{
  uint32_t *sum = argument;

  for (int i = 0; i < 50; ++i) {
    *sum += throw_die(&the_die);
    sched_yield();
  }
  return NULL;
}

static void *referee(void *argument)
{
  static const uint16_t plan[] = { 8, 20, 100, 256, 12 };

  (void) argument;
  for (unsigned i = 0; i < sizeof(plan) / sizeof(plan[0]); ++i) {
    set_sides(&the_die, plan[i]);
    sched_yield();
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[3];

  (void) argument;
  pthread_create(&threads[0], NULL, player, &thrown[0]);
  pthread_create(&threads[1], NULL, player, &thrown[1]);
  pthread_create(&threads[2], NULL, referee, NULL);
  for (int i = 0; i < 3; ++i) {
    pthread_join(threads[i], NULL);
  }
  if (thrown[0] > 50 * 100) {
    abort();
  }
  printf("%u %u\n", (unsigned) thrown[0], (unsigned) thrown[1]);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#include "posix_system.h"
