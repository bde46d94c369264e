/* A thread gets a stack of the program's own, from the heap. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rtems.h>

#define STACK_SIZE 8192

static void *blink(void *argument)
{
  unsigned *count = argument;

  for (unsigned i = 0; i < 3; ++i) {
    ++*count;
    usleep(5000);
  }
  return NULL;
}

static pthread_t start(unsigned *count)
{
  pthread_attr_t attributes;
  pthread_t thread;
  void *stack = NULL;

  if (posix_memalign(&stack, 4096, STACK_SIZE) != 0) {
    exit(1);
  }
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, STACK_SIZE);
  pthread_create(&thread, &attributes, blink, count);
  pthread_attr_destroy(&attributes);
  pthread_setname_np(thread, "blinker");
  usleep(1000);
  free(stack);
  return thread;
}

void *POSIX_Init(void *argument)
{
  static unsigned count;
  pthread_t thread = start(&count);
  char *log = malloc(6000);

  (void) argument;
  memset(log, '-', 6000);
  pthread_join(thread, NULL);
  printf("%u %c\n", count, log[0]);
  exit(0);
}

#define CONFIGURE_MAXIMUM_POSIX_THREADS 2
#include "posix_system.h"
