/* (L) Two threads share their stacks with each other, and pass a word back and forth through both. */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix L: both ways";

#define ROUNDS 10

static volatile int *volatile words[2];
static sem_t turns[2];
static volatile int total[2];

static void *player(void *argument)
{
  uintptr_t me = (uintptr_t) argument;
  uintptr_t other = 1 - me;
  volatile int mine = 0;
  int round;

  words[me] = &mine;
  for (round = 0; round < ROUNDS; ++round) {
    rtems_test_assert(sem_wait(&turns[me]) == 0);
    *words[other] += 1 + (int) me;
    rtems_test_assert(sem_post(&turns[other]) == 0);
  }
  rtems_test_assert(sem_wait(&turns[me]) == 0);
  total[me] = mine;
  rtems_test_assert(sem_post(&turns[other]) == 0);
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t first, second;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&turns[0], 0, 0) == 0 && sem_init(&turns[1], 0, 0) == 0);
  first = start_thread("0x01", new_stack(), player, (void *) 0);
  second = start_thread("0x02", new_stack(), player, (void *) 1);
  directive_failed(rtems_share_stack(first, second, PROT_READ | PROT_WRITE), "share 0x02 with 0x01");
  directive_failed(rtems_share_stack(second, first, PROT_READ | PROT_WRITE), "share 0x01 with 0x02");
  rtems_test_assert(sched_yield() == 0);
  rtems_test_assert(sem_post(&turns[0]) == 0);
  join(first);
  join(second);
  printf("Init: 0x01 got %d, 0x02 got %d\n", total[0], total[1]);
  rtems_test_assert(total[0] == 2 * ROUNDS && total[1] == ROUNDS);
  TEST_END();
  rtems_test_exit(0);
}

#include "../support/posix_config.h"
