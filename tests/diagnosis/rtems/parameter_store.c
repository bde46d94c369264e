/* Parameters that several threads read and write, under one mutex. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rtems.h>

#define PARAMETERS 4

static struct {
  pthread_mutex_t mutex;
  struct {
    char name[12];
    int value;
  } entries[PARAMETERS];
} store = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static int find(const char *name)
{
  for (int i = 0; i < PARAMETERS; ++i) {
    if (strcmp(store.entries[i].name, name) == 0) {
      return i;
    }
  }
  return -1;
}

static int set_parameter(const char *name, int value)
{
  int place, status = pthread_mutex_lock(&store.mutex);

  if (status != 0) {
    return -1;
  }
  place = find(name);
  if (place < 0) {
    return -1;
  }
  store.entries[place].value = value;
  pthread_mutex_unlock(&store.mutex);
  return 0;
}

static int get_parameter(const char *name)
{
  int value, place;

  pthread_mutex_lock(&store.mutex);
  place = find(name);
  value = place < 0 ? 0 : store.entries[place].value;
  pthread_mutex_unlock(&store.mutex);
  return value;
}

static void *console(void *argument)
{
  set_parameter("speed", 40);
  if (set_parameter("sped", 45) != 0) {
    printf("console: no such parameter\n");
  }
  usleep(50000);
  return argument;
}

static void *control(void *argument)
{
  for (int i = 0; i < 3; ++i) {
    usleep(15000);
    printf("speed %d\n", get_parameter("speed"));
  }
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  strcpy(store.entries[0].name, "speed");
  strcpy(store.entries[1].name, "limit");
  pthread_create(&threads[0], NULL, console, NULL);
  pthread_create(&threads[1], NULL, control, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
