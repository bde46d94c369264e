/* (H) 0x02 has a share of 0x01's stack; 0x03 has not. The share is 0x02's alone: 0x03 faults. */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix H: third thread";

static volatile int *volatile word;
static sem_t ready, end;

static void *owner(void *argument)
{
  volatile int value = 1;

  word = &value;
  rtems_test_assert(sem_post(&ready) == 0);
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

static void *target(void *argument)
{
  rtems_test_assert(sem_wait(&ready) == 0);
  *word = 2;
  printf("0x02: wrote to the stack of 0x01\n");
  return argument;
}

static void *stranger(void *argument)
{
  printf("0x03: reading the stack of 0x01\n");
  printf("0x03: read %d\n", *word);
  return argument;
}

void *POSIX_Init(void *argument)
{
  void *target_stack = new_stack();
  pthread_t third;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&ready, 0, 0) == 0 && sem_init(&end, 0, 0) == 0);
  start_thread("0x01", new_stack(), owner, NULL);
  start_thread("0x02", target_stack, target, NULL);
  rtems_test_assert(map_stack("0x01", target_stack, PROT_READ | PROT_WRITE) == 0);
  third = start_thread("0x03", new_stack(), stranger, NULL);
  join(third);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
