/*
 * A buffer that is too big for its stack. The stacks come from the kernel's arena, one after the other; the first byte
 * that 0x02 writes is 2 KiB below the end of its own stack, in the middle of 0x01's.
 */

#include "../support/threads.h"

const char rtems_test_name[] = "stack overflow";

static sem_t end;

static void *victim(void *argument)
{
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

static __attribute__((noinline)) char fill(size_t size)
{
  volatile char buffer[size];

  buffer[0] = 'x';
  buffer[size - 1] = 'y';
  return buffer[0];
}

static void *big(void *argument)
{
  printf("0x02: filling a buffer of 10 KiB on a stack of 8 KiB\n");
  printf("0x02: %c\n", fill(STACK_SIZE + 2048));
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  start_thread("0x01", NULL, victim, NULL);
  thread = start_thread("0x02", NULL, big, NULL);
  join(thread);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
