/* A loop runs off an array, over the end of its stack, into the next one. */

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
  static volatile int i, count = 3000;
  volatile char array[32];

  usleep(5000);
  for (i = 0; i < count; i++) {
    array[i] = 1;
  }
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
