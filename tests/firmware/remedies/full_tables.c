/* All shared memory objects and all descriptors are in use, and the owner has no name. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 2
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 5

static int *volatile place;

static void *writer(void *argument)
{
  CHECK(shm_open("/one", O_CREAT | O_RDWR, 0600) == 3 && shm_open("/two", O_CREAT | O_RDWR, 0600) == 4);
  /* REMEDY */
  *place = 7;
  return argument;
}

void *POSIX_Init(void *argument)
{
  volatile int value = 0;

  place = (int *) &value;
  CHECK(pthread_join(start(writer), NULL) == 0 && value == 7);
  exit(0);
}

#include "case_config.h"
