/* A thread that has the stacks of eight others reaches for a ninth. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 16
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

#define OWNERS 9

static int *volatile places[OWNERS];
static int owners;

static void *owner(void *argument)
{
  volatile int value = 0;

  places[owners++] = (int *) &value;
  usleep(100000);
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[OWNERS];

  for (int i = 0; i < OWNERS; i++) {
    threads[i] = start(owner);
  }
  usleep(20000);
  for (int i = 0; i < OWNERS - 1; i++) {
    CHECK(rtems_share_stack(RTEMS_SELF, threads[i], PROT_READ | PROT_WRITE) == RTEMS_SUCCESSFUL);
  }
  *places[OWNERS - 1] = 7;
  exit(0);
}

#include "case_config.h"
