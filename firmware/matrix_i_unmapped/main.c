/* (I) The share ends with munmap(): the next access faults. Init is the target: a NULL address means the caller. */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix I: unmapped";

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
  void *stack = new_stack();
  pthread_t thread;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  thread = start_thread("0x01", stack, owner, NULL);
  rtems_test_assert(sched_yield() == 0);
  rtems_test_assert(map_stack("0x01", NULL, PROT_READ | PROT_WRITE) == 0);
  *word = 2;
  printf("Init: wrote to the stack of 0x01\n");
  rtems_test_assert(munmap(stack, STACK_SIZE) == 0);
  printf("Init: unmapped it, writing again\n");
  *word = 3;
  join(thread);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
