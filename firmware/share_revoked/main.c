/* 0x02 works on 0x01's stack until Init takes the share away, while 0x02 sleeps. When it wakes, it faults. */

#include "../support/threads.h"

const char rtems_test_name[] = "share revoked";

static volatile int *volatile word;
static sem_t ready, end;

static void *owner(void *argument)
{
  volatile int value = 0;

  word = &value;
  rtems_test_assert(sem_post(&ready) == 0);
  rtems_test_assert(sem_wait(&end) == 0);
  return argument;
}

static void *user(void *argument)
{
  rtems_test_assert(sem_wait(&ready) == 0);
  *word = 1;
  printf("0x02: wrote to the stack of 0x01\n");
  rtems_test_assert(sleep(1) == 0);
  printf("0x02: awake, writing again\n");
  *word = 2;
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t first, second;
  struct timespec half = { .tv_sec = 0, .tv_nsec = 500000000 };

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&ready, 0, 0) == 0 && sem_init(&end, 0, 0) == 0);
  first = start_thread("0x01", new_stack(), owner, NULL);
  second = start_thread("0x02", new_stack(), user, NULL);
  directive_failed(rtems_share_stack(second, first, PROT_READ | PROT_WRITE), "rtems_share_stack");
  rtems_test_assert(nanosleep(&half, NULL) == 0);
  directive_failed(rtems_unshare_stack(second, first), "rtems_unshare_stack");
  printf("Init: revoked the share\n");
  fatal_directive_status(rtems_unshare_stack(second, first), RTEMS_UNSATISFIED, "a second rtems_unshare_stack");
  join(second);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
