/* The owner has a share of the stack of the thread that is refused: the other way round. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 2
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4

static int *volatile place;
static pthread_t self;

static void *writer(void *argument)
{
  CHECK(rtems_share_stack(self, RTEMS_SELF, PROT_READ | PROT_WRITE) == RTEMS_SUCCESSFUL);
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
