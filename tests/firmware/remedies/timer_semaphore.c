/* A timer service routine posts a semaphore on the stack of the thread that waits for it. */

#include "case.h"

static rtems_timer_service_routine post(rtems_id timer, void *semaphore)
{
  sem_post(semaphore);
}

void *POSIX_Init(void *argument)
{
  sem_t done;
  rtems_id timer;

  CHECK(sem_init(&done, 0, 0) == 0);
  CHECK(rtems_timer_create(rtems_build_name('T', 'I', 'M', 'E'), &timer) == RTEMS_SUCCESSFUL);
  CHECK(rtems_timer_fire_after(timer, 1, post, &done) == RTEMS_SUCCESSFUL);
  CHECK(sem_wait(&done) == 0);
  exit(0);
}

#include "case_config.h"
