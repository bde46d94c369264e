/* The access is in a section with interrupts masked. */

#include "case.h"

static int *volatile place;

static void *writer(void *argument)
{
  rtems_interrupt_level level;

  rtems_interrupt_disable(level);
  /* REMEDY */
  *place = 7;
  rtems_interrupt_enable(level);
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
