/* A bus is given from the master to a slave by unlocking it for him. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct bus {
  pthread_mutex_t guard;
  unsigned transfers;
  int owner;
};

static struct bus spi;

static void take_bus(struct bus *bus, int who)
{
  pthread_mutex_lock(&bus->guard);
  bus->owner = who;
}

static void hand_over(struct bus *bus, int to)
{
  bus->owner = to;
}

static void give_bus(struct bus *bus)
{
  bus->owner = 0;
  pthread_mutex_unlock(&bus->guard);
}

static void *flash_writer(void *argument)
{
  struct bus *bus = argument;

  take_bus(bus, 1);
  bus->transfers += 2;
  hand_over(bus, 2);
  nanosleep(&(struct timespec) { 0, 80000000 }, NULL);
  return NULL;
}

static void *adc_reader(void *argument)
{
  struct bus *bus = argument;

  while (bus->owner != 2) {
    nanosleep(&(struct timespec) { 0, 10000000 }, NULL);
  }
  bus->transfers += 1;
  give_bus(bus);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t writer, reader;
  pthread_mutexattr_t attributes;

  (void) argument;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&spi.guard, &attributes);
  pthread_create(&writer, NULL, flash_writer, &spi);
  pthread_setname_np(writer, "flash");
  pthread_create(&reader, NULL, adc_reader, &spi);
  pthread_setname_np(reader, "adc");
  pthread_join(writer, NULL);
  pthread_join(reader, NULL);
  take_bus(&spi, 3);
  printf("%u transfers\n", spi.transfers);
  give_bus(&spi);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
