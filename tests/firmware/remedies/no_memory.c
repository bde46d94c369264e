/* The kernel has no memory left for the name of one more object. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

static int *volatile place;

static void *writer(void *argument)
{
  for (size_t size = 1 << 24; size >= 8; size /= 2) {
    while (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0) != MAP_FAILED) {
    }
  }
  *place = 7;
  return argument;
}

void *POSIX_Init(void *argument)
{
  volatile int value = 0;

  place = (int *) &value;
  pthread_join(start(writer), NULL);
  exit(0);
}

#include "case_config.h"
