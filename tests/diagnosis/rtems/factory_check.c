/* A self-test: each part says what failed. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct outcome {
  unsigned passed;
  unsigned failed;
};

static struct outcome outcome;
static pthread_mutex_t outcome_lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t pattern[32];

static void note(int ok)
{
  pthread_mutex_lock(&outcome_lock);
  if (ok) {
    outcome.passed++;
  } else {
    outcome.failed++;
  }
  pthread_mutex_unlock(&outcome_lock);
}

static void *test_memory(void *argument)
{
  (void) argument;
  for (unsigned i = 0; i < sizeof(pattern); ++i) {
    pattern[i] = (uint8_t) (i * 9);
  }
  for (unsigned i = 0; i < sizeof(pattern); ++i) {
    note(pattern[i] == i * 9);
  }
  return NULL;
}

static void *test_text(void *argument)
{
  (void) argument;
  note(strlen("four") == 4);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[2];

  (void) argument;
  pthread_create(&threads[0], NULL, test_memory, NULL);
  pthread_create(&threads[1], NULL, test_text, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  printf("%u passed\n", outcome.passed);
  exit(outcome.failed != 0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 5
#define CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES 2
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(8, 64)
#include "posix_system.h"
