/* The memory of an ended thread's stack is used again. */

#include "case.h"

static char stack[4096] __attribute__((aligned(64)));

static void *worker(void *argument)
{
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_attr_t attributes;
  pthread_t thread;

  pthread_attr_init(&attributes);
  CHECK(pthread_attr_setstack(&attributes, stack, sizeof(stack)) == 0);
  CHECK(pthread_create(&thread, &attributes, worker, NULL) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  /* REMEDY */
  memset(stack, 0, sizeof(stack));
  exit(0);
}

#include "case_config.h"
