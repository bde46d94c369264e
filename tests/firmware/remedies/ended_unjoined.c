/* A write to the stack of a thread that has ended and waits to be joined; the stack is the kernel's. */

#include "case.h"

static int *volatile place;

static void *worker(void *argument)
{
  volatile int value = 0;

  place = (int *) &value;
  return argument;
}

void *POSIX_Init(void *argument)
{
  start(worker);
  usleep(5000);
  *place = 7;
  exit(0);
}

#include "case_config.h"
