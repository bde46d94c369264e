/* Tags that a reader reads are named, and kept in a table; a display shows the last. */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char code[8];
  char owner[12];
  void (*granted)(const char *code);
} tag;

static tag tags[4];
static sem_t changed;

static void open_gate(const char *code)
{
  printf("gate: %s\n", code);
}

static void open_door(const char *code)
{
  printf("door: %s\n", code);
}

static void learn(unsigned slot, const char *code, const char *owner, void (*granted)(const char *))
{
  strncpy(tags[slot].code, code, sizeof(tags[slot].code));
  strncpy(tags[slot].owner, owner, sizeof(tags[slot].owner) - 1);
  tags[slot].granted = granted;
}

static void upper(char *text)
{
  size_t length = strlen(text);

  for (size_t i = 0; i < length; ++i) {
    if (text[i] >= 'a' && text[i] <= 'z') {
      text[i] -= 'a' - 'A';
    }
  }
}

static void rename_owner(unsigned slot, const char *prefix)
{
  char made[32];

  strcpy(made, prefix);
  strcat(made, tags[slot].code);
  strcpy(tags[slot].owner, made);
  upper(tags[slot].owner);
}

static void *reader(void *argument)
{
  (void) argument;
  usleep(10000);
  learn(0, "a1", "ann", open_gate);
  learn(1, "b2c3d4e5", "bert", open_door);
  learn(2, "c7", "carl", open_door);
  for (unsigned slot = 0; slot < 3; ++slot) {
    rename_owner(slot, "id-");
    sem_post(&changed);
    usleep(10000);
  }
  return NULL;
}

static void *gates(void *argument)
{
  (void) argument;
  for (unsigned slot = 0; slot < 3; ++slot) {
    sem_wait(&changed);
    tags[slot].granted(tags[slot].owner);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  sem_init(&changed, 0, 0);
  pthread_create(&threads[0], NULL, reader, NULL);
  pthread_create(&threads[1], NULL, gates, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
