/* A pointer to a local of an ended thread, on a stack of the program's. */

#include "case.h"

static char stack[4096] __attribute__((aligned(64)));

static void *worker(void *argument)
{
  int result = 42;
  void *volatile pointer = &result;

  return pointer;
}

void *POSIX_Init(void *argument)
{
  pthread_attr_t attributes;
  pthread_t thread;
  void *result;

  pthread_attr_init(&attributes);
  CHECK(pthread_attr_setstack(&attributes, stack, sizeof(stack)) == 0);
  CHECK(pthread_create(&thread, &attributes, worker, NULL) == 0);
  CHECK(pthread_join(thread, &result) == 0);
  printf("%d\n", *(int *) result);
  exit(0);
}

#include "case_config.h"
