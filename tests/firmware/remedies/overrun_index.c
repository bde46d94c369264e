/* An index reaches from an array into a live frame of the next stack. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

static void *sleeper(void *argument)
{
  volatile char filled[5000];

  memset((char *) filled, 1, sizeof(filled));
  usleep(100000);
  return argument;
}

static void *low(void *argument)
{
  volatile int array[8];
  volatile int index = 8000 / 4;

  usleep(5000);
  array[index] = 1;
  return argument;
}

void *POSIX_Init(void *argument)
{
  start(low);
  start(sleeper);
  usleep(50000);
  exit(0);
}

#include "case_config.h"
