/* A thread writes a variable of another one, whose name wants escapes in C. */

#include "case.h"

#define CONFIGURE_LIBIO_MAXIMUM_FILE_DESCRIPTORS 3

static int *volatile place;

static void *writer(void *argument)
{
  /* REMEDY */
  *place = 7;
  return argument;
}

void *POSIX_Init(void *argument)
{
  volatile int value = 0;

  place = (int *) &value;
  rtems_object_set_name(pthread_self(), "\"\\*/");
  CHECK(pthread_join(start(writer), NULL) == 0 && value == 7);
  exit(0);
}

#include "case_config.h"
