/* Three stages of a machine begin each round together. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <rtems.h>

#define STAGES 3

static pthread_barrier_t round_begins;
static unsigned rounds[STAGES];

static void run_round(unsigned stage)
{
  pthread_barrier_wait(&round_begins);
  ++rounds[stage];
}

static void *stage(void *argument)
{
  unsigned number = (unsigned) (size_t) argument;

  for (unsigned i = 0; i < 4; ++i) {
    if (number == 2 && i == 3) {
      continue; /* nothing to press in the last round */
    }
    run_round(number);
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[STAGES];
  static const char *const names[STAGES] = { "feed", "press", "stack" };

  (void) argument;
  pthread_barrier_init(&round_begins, NULL, STAGES);
  for (unsigned i = 0; i < STAGES; ++i) {
    pthread_create(&threads[i], NULL, stage, (void *) (size_t) i);
    pthread_setname_np(threads[i], names[i]);
  }
  for (unsigned i = 0; i < STAGES; ++i) {
    pthread_join(threads[i], NULL);
  }
  printf("%u rounds\n", rounds[0]);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 4
#include "posix_system.h"
