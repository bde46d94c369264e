/* An index below an array, into a live frame of the stack before. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

static void *sleeper(void *argument)
{
  usleep(100000);
  return argument;
}

static void *high(void *argument)
{
  volatile int array[8];
  volatile int index = -8240 / 4;

  usleep(5000);
  array[index] = 1;
  return argument;
}

void *POSIX_Init(void *argument)
{
  start(sleeper);
  start(high);
  usleep(50000);
  exit(0);
}

#include "case_config.h"
