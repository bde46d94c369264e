/* The share was made for a thread that has ended; the one that is refused has its name. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 2
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4

static int *volatile place;
static pthread_t self;

static void *first(void *argument)
{
  rtems_object_set_name(pthread_self(), "WORK");
  CHECK(rtems_share_stack(RTEMS_SELF, self, PROT_READ | PROT_WRITE) == RTEMS_SUCCESSFUL);
  *place = 6;
  return argument;
}

static void *second(void *argument)
{
  rtems_object_set_name(pthread_self(), "WORK");
  /* REMEDY */
  *place = 7;
  return argument;
}

void *POSIX_Init(void *argument)
{
  volatile int value = 0;

  self = pthread_self();
  place = (int *) &value;
  CHECK(pthread_join(start(first), NULL) == 0);
  CHECK(pthread_join(start(second), NULL) == 0 && value == 7);
  exit(0);
}

#include "case_config.h"
