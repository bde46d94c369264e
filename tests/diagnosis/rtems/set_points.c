/* Set points of a plant: whoever changes one tells its observers, and they change others. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  const char *name;
  int value;
  void (*observer)(int value);
} set_point;

static void on_flow(int value);
static void on_pressure(int value);

static set_point flow = { "flow", 10, on_flow };
static set_point pressure = { "pressure", 50, on_pressure };

static void change(set_point *point, int value)
{
  char note[40];

  if (point->value == value) {
    return;
  }
  snprintf(note, sizeof(note), "%s %d", point->name, value);
  point->value = value;
  point->observer(value);
  if (note[0] == '\0') {
    puts(note);
  }
}

static void on_flow(int value)
{
  change(&pressure, value * 5);
}

static void on_pressure(int value)
{
  change(&flow, value / 5 + (value > 60));
}

static void *plant(void *argument)
{
  (void) argument;
  change(&flow, 11);
  usleep(10000);
  change(&flow, 12);
  usleep(10000);
  change(&flow, 13);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  pthread_create(&thread, NULL, plant, NULL);
  pthread_join(thread, NULL);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
