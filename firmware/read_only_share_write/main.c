/* A read-only share: reading works, writing faults. */

#include "../support/threads.h"

const char rtems_test_name[] = "read-only share, write";

static volatile int *volatile word;
static sem_t end;

static void *owner(void *argument)
{
  volatile int value = 7;

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
  directive_failed(rtems_share_stack(RTEMS_SELF, thread, PROT_READ), "rtems_share_stack");
  printf("Init: read %d, writing\n", *word);
  *word = 8;
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
