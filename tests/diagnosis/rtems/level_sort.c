/* Levels of tanks, as signed readings of 32 bits: sorted by one thread, looked up by another. */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  int32_t level;
  const char *tank;
} reading;

static reading readings[] = {
  { -2000000000, "sump" }, { 1500000000, "tower" }, { 12, "north" }, { 900000000, "south" },
  { -700000000, "drain" }, { 1900000000, "roof" }, { 40, "east" }, { -3, "west" },
};
enum { READINGS = sizeof(readings) / sizeof(readings[0]) };
static sem_t sorted;

static int by_level(const void *first, const void *second)
{
  return ((const reading *) first)->level - ((const reading *) second)->level;
}

static void *sorter(void *argument)
{
  (void) argument;
  qsort(readings, READINGS, sizeof(readings[0]), by_level);
  sem_post(&sorted);
  return NULL;
}

static const char *tank_at(int32_t level)
{
  reading key = { level, NULL };
  const reading *found = bsearch(&key, readings, READINGS, sizeof(key), by_level);

  return found->tank;
}

static void print_tank(int32_t level)
{
  const char *tank = tank_at(level);

  printf("%ld: %.8s\n", (long) level, tank);
  if (tank[0] < 'a' || tank[0] > 'z') {
    abort();
  }
}

static void *display(void *argument)
{
  (void) argument;
  sem_wait(&sorted);
  print_tank(12);
  print_tank(-3);
  print_tank(1900000000);
  print_tank(-2000000000);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  sem_init(&sorted, 0, 0);
  pthread_create(&threads[0], NULL, sorter, NULL);
  pthread_create(&threads[1], NULL, display, NULL);
  pthread_join(threads[1], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
