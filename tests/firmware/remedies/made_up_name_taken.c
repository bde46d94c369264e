/* The name that would be made up for the owner is another thread's. */

#include "case.h"

#define CONFIGURE_MAXIMUM_POSIX_SHMS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8

static int *volatile place;
static sem_t never;

static void *sleeper(void *argument)
{
  sem_wait(&never);
  return argument;
}

static void *owner(void *argument)
{
  volatile int value = 0;

  place = (int *) &value;
  usleep(5000);
  CHECK(value == 7);
  exit(0);
}

void *POSIX_Init(void *argument)
{
  pthread_t second;

  sem_init(&never, 0, 0);
  rtems_object_set_name(start(sleeper), "S003");
  second = start(owner);
  usleep(2000);
  /* REMEDY */
  *place = 7;
  pthread_join(second, NULL);
  exit(1);
}

#include "case_config.h"
