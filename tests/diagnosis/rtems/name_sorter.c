/* Names are sorted by a merge sort, which takes its scratch space from the stack. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES = 220, LENGTH = 40 };

typedef struct {
  char text[LENGTH];
} name;

static name names[NAMES];

static void merge(name *first, unsigned half, unsigned count)
{
  name scratch[count];
  unsigned left = 0, right = half;

  for (unsigned i = 0; i < count; ++i) {
    if (right >= count || (left < half && strcmp(first[left].text, first[right].text) <= 0)) {
      scratch[i] = first[left++];
    } else {
      scratch[i] = first[right++];
    }
  }
  memcpy(first, scratch, sizeof(scratch));
}

static void sort(name *first, unsigned count)
{
  if (count > 1) {
    sort(first, count / 2);
    sort(first + count / 2, count - count / 2);
    merge(first, count / 2, count);
  }
}

static void *sorter(void *argument)
{
  (void) argument;
  sort(names, NAMES);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_attr_t attributes;
  pthread_t thread;

  (void) argument;
  for (unsigned i = 0; i < NAMES; ++i) {
    snprintf(names[i].text, LENGTH, "station %u of line %u", i * 7 % NAMES, i % 5);
  }
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1024);
  pthread_create(&thread, &attributes, sorter, NULL);
  pthread_join(thread, NULL);
  puts(names[0].text);
  exit(0);
}

#define CONFIGURE_MINIMUM_TASK_STACK_SIZE 512
#define CONFIGURE_MAXIMUM_POSIX_THREADS 3
#include "posix_system.h"
