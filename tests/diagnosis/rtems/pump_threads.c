/* A thread for each pump; what it has to do stands in a table. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  const char *name;
  void (*run)(int litres);
  int litres;
} pump_job;

static int delivered;

static void fill(int litres)
{
  delivered += litres;
}

static void drain(int litres)
{
  delivered -= litres;
}

static const pump_job jobs[] = {
  { "north", fill, 20 },
  { "south", drain, 5 },
  { "west", fill, 7 },
};

static const char *const captions[] = { "pumps", "litres", "done" };

static int next_pump;

static void *pump(void *argument)
{
  const int *which = argument;
  const pump_job *job = &jobs[*which];

  usleep(5000 * job->litres);
  job->run(job->litres);
  return NULL;
}

static int start_pumps(pthread_t *threads)
{
  int started = 0;

  for (next_pump = 0; next_pump < 3; ++next_pump) {
    if (pthread_create(&threads[next_pump], NULL, pump, &next_pump) == 0) {
      ++started;
    }
  }
  return started;
}

void *POSIX_Init(void *argument)
{
  static pthread_t threads[3];
  int started;

  (void) argument;
  started = start_pumps(threads);
  printf("%s: %d started\n", captions[0], started);
  while (started-- > 0) {
    pthread_join(threads[started], NULL);
  }
  printf("%s: %d\n", captions[1], delivered);
  exit(delivered != 22);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#include "posix_system.h"
