/* The argument of a thread is a local of a function that has returned. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

static void *worker(void *argument)
{
  printf("%d\n", ((int *) argument)[1]);
  return argument;
}

__attribute__((noinline)) static void launch(pthread_t *thread)
{
  int settings[64] = { 1, 2, 3 };

  CHECK(pthread_create(thread, NULL, worker, settings) == 0);
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  launch(&thread);
  CHECK(pthread_join(thread, NULL) == 0);
  exit(0);
}

#include "case_config.h"
