/* The share that there was is gone; it can be made again. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 1
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4

static int *volatile place;
static pthread_t self;

static void *writer(void *argument)
{
  CHECK(rtems_share_stack(RTEMS_SELF, self, PROT_READ | PROT_WRITE) == RTEMS_SUCCESSFUL);
  *place = 6;
  CHECK(rtems_unshare_stack(RTEMS_SELF, self) == RTEMS_SUCCESSFUL);
  /* REMEDY */
  *place = 7;
  return argument;
}

void *POSIX_Init(void *argument)
{
  volatile int value = 0;

  self = pthread_self();
  place = (int *) &value;
  CHECK(pthread_join(start(writer), NULL) == 0 && value == 7);
  exit(0);
}

#include "case_config.h"
