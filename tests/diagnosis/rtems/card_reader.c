/* Cards are checked against a list; the check is a string comparison. */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char number[10];
  uint8_t level;
} card;

static card known[3];
static char presented[10];
static sem_t is_presented;

static void learn(unsigned slot, const char *number, uint8_t level)
{
  strcpy(known[slot].number, number);
  known[slot].level = level;
}

static void erase(char *number)
{
  for (unsigned i = 0; i <= sizeof(known[0].number); ++i) {
    number[i] = 'x';
  }
}

static const card *find_card(const char *number)
{
  for (unsigned i = 0; i < 3; ++i) {
    if (strcmp(known[i].number, number) == 0) {
      return &known[i];
    }
  }
  return NULL;
}

static void *door(void *argument)
{
  (void) argument;
  for (int i = 0; i < 2; ++i) {
    sem_wait(&is_presented);
    const card *found = find_card(presented);

    if (found == NULL || found->level > 5) {
      printf("no entry for %s\n", presented);
      exit(2);
    }
    printf("%s may enter\n", found->number);
  }
  return NULL;
}

static void *reader(void *argument)
{
  (void) argument;
  strcpy(presented, "77120034");
  sem_post(&is_presented);
  sched_yield();
  erase(known[0].number);
  strcpy(presented, "77120099");
  sem_post(&is_presented);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  sem_init(&is_presented, 0, 0);
  learn(0, "10000001", 3);
  learn(1, "77120034", 2);
  learn(2, "77120098", 1);
  pthread_create(&threads[0], NULL, door, NULL);
  pthread_create(&threads[1], NULL, reader, NULL);
  pthread_join(threads[0], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
