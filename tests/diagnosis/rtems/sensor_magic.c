/* Descriptors with a magic number, which is checked at each use. */

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtems.h>

#define MAGIC 0x5e5052u

struct sensor {
  char unit[8];
  unsigned magic;
  int value;
};

static struct sensor sensors[2];

static void set_up(struct sensor *sensor)
{
  memset(sensor, 0, sizeof *sensor);
  sensor->magic = MAGIC;
}

static void set_unit(struct sensor *sensor, const char *unit)
{
  strcpy(sensor->unit, unit);
}

static int value_of(const struct sensor *sensor)
{
  assert(sensor->magic == MAGIC);
  return sensor->value;
}

static void *configure(void *argument)
{
  (void) argument;
  set_unit(&sensors[0], "mV");
  set_unit(&sensors[1], "degrees C");
  return NULL;
}

static int total(void)
{
  int sum = 0;

  for (unsigned i = 0; i < 2; ++i) {
    sum += value_of(&sensors[i]);
  }
  return sum;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  set_up(&sensors[0]);
  set_up(&sensors[1]);
  pthread_create(&thread, NULL, configure, NULL);
  pthread_join(thread, NULL);
  printf("total %d\n", total());
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#define CONFIGURE_MAXIMUM_POSIX_SHMS 3
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#include "posix_system.h"
