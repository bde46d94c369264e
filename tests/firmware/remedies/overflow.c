/* A recursion leaves its stack at the lower end. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

static volatile int sink;

static int deeper(int n)
{
  volatile char room[100];

  room[0] = (char) n;
  sink = n;
  return n ? deeper(n - 1) + room[0] : 0;
}

static void *sleeper(void *argument)
{
  usleep(100000);
  return argument;
}

static void *diver(void *argument)
{
  usleep(5000);
  deeper(1000);
  return argument;
}

void *POSIX_Init(void *argument)
{
  start(sleeper);
  start(diver);
  usleep(50000);
  exit(0);
}

#include "case_config.h"
