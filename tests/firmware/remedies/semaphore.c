/* sem_post() reads the semaphore, and wakes who waits for it, on the stack of the thread that made it. */

#include "case.h"

static sem_t *told;

static void *worker(void *argument)
{
  /* REMEDY */
  CHECK(sem_post(told) == 0);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  sem_t done;

  CHECK(sem_init(&done, 0, 0) == 0);
  told = &done;
  start(worker);
  CHECK(sem_wait(&done) == 0);
  exit(0);
}

#include "case_config.h"
