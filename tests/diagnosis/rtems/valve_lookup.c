/* Valves are found by their names; a command opens one. */
#include <pthread.h>
#include <mqueue.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char name[8];
  uint32_t opened;
  void (*on_open)(uint32_t times);
} valve;

static valve valves[3];
static pthread_mutex_t valves_lock = PTHREAD_MUTEX_INITIALIZER;

static void say_open(uint32_t times)
{
  printf("opened %u times\n", (unsigned) times);
}

static void prepare(unsigned slot, const char *name)
{
  snprintf(valves[slot].name, sizeof(valves[slot].name), "%s", name);
  valves[slot].on_open = say_open;
}

static valve *find_valve(const char *name)
{
  for (unsigned i = 0; i < 3; ++i) {
    if (strcmp(valves[i].name, name) == 0) {
      return &valves[i];
    }
  }
  return NULL; /* none */
}

static void open_valve(const char *name)
{
  pthread_mutex_lock(&valves_lock);
  valve *found = find_valve(name);

  ++found->opened;
  found->on_open(found->opened);
  pthread_mutex_unlock(&valves_lock);
}

static void *operator_thread(void *argument)
{
  (void) argument;
  open_valve("inlet");
  open_valve("overflow");
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  prepare(0, "inlet");
  prepare(1, "outlet");
  prepare(2, "overflow");
  pthread_create(&thread, NULL, operator_thread, NULL);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
