/* (I) The share ends with the thread whose stack it is, and the stack stays protected. */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix I: owner ended";

static volatile int *volatile word;
static sem_t end;

static void *owner(void *argument)
{
  volatile int value = 1;

  word = &value;
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  thread = start_thread("0x01", new_stack(), owner, NULL);
  rtems_test_assert(sched_yield() == 0);
  rtems_test_assert(map_stack("0x01", NULL, PROT_READ | PROT_WRITE) == 0);
  *word = 2;
  printf("Init: wrote to the stack of 0x01\n");
  rtems_test_assert(sem_post(&end) == 0);
  join(thread);
  printf("Init: 0x01 ended, writing again\n");
  *word = 3;
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
