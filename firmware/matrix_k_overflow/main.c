/*
 * (K) Two stacks, one right after the other. The upper thread needs more than its stack has: the first push that leaves
 * it lands in the neighbour's, and faults.
 */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix K: overflow";

static char stacks[2][STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static sem_t end;

static void *victim(void *argument)
{
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

/* Not a tail call, and too big for registers: every level takes more than 64 bytes of stack. */
static __attribute__((noinline)) int sum_down(volatile int *previous, int depth)
{
  volatile int block[16];

  block[0] = depth;
  block[15] = previous[0];
  return depth == 0 ? block[15] : sum_down(block, depth - 1) + block[0];
}

static void *deep(void *argument)
{
  volatile int first[1] = { 0 };

  printf("0x02: recursing\n");
  printf("0x02: %d\n", sum_down(first, 1000));
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  start_thread("0x01", stacks[0], victim, NULL);
  thread = start_thread("0x02", stacks[1], deep, NULL);
  join(thread);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
