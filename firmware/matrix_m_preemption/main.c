/*
 * (M) 0x02 counts in a word on 0x01's stack while 0x03, more urgent, wakes at every tick and preempts it. The share
 * must be gone while 0x03 runs, and be back each time 0x02 goes on, without 0x02 doing anything for it.
 */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix M: preemption";

#define WAKEUPS 5

static volatile unsigned *volatile word;
static volatile unsigned counted, preempted;
static volatile bool stop;
static sem_t ready, end;

static void *owner(void *argument)
{
  volatile unsigned value = 0;

  word = &value;
  rtems_test_assert(sem_post(&ready) == 0);
  rtems_test_assert(sem_wait(&end) == 0);
  rtems_test_assert(value == counted);
  return argument;
}

static void *target(void *argument)
{
  unsigned count = 0;

  rtems_test_assert(sem_wait(&ready) == 0);
  while (!stop) {
    ++*word;
    ++count;
  }
  counted = count;
  rtems_test_assert(sem_post(&end) == 0);
  return argument;
}

static void *preemptor(void *argument)
{
  struct timespec tick = { .tv_sec = 0, .tv_nsec = 1000000 };

  for (; preempted < WAKEUPS; ++preempted) {
    rtems_test_assert(nanosleep(&tick, NULL) == 0);
  }
  stop = true;
  return argument;
}

void *POSIX_Init(void *argument)
{
  struct sched_param urgent = { .sched_priority = 50 };
  pthread_t first, second, third;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&ready, 0, 0) == 0 && sem_init(&end, 0, 0) == 0);
  first = start_thread("0x01", new_stack(), owner, NULL);
  second = start_thread("0x02", new_stack(), target, NULL);
  third = start_thread("0x03", new_stack(), preemptor, NULL);
  directive_failed(rtems_share_stack(second, first, PROT_READ | PROT_WRITE), "rtems_share_stack");
  rtems_test_assert(pthread_setschedparam(third, SCHED_FIFO, &urgent) == 0);
  join(third);
  join(second);
  join(first);
  printf("Init: 0x02 was preempted %u times and counted on\n", preempted);
  rtems_test_assert(counted > 0);
  TEST_END();
  rtems_test_exit(0);
}

#define CONFIGURE_MICROSECONDS_PER_TICK 1000

#include "../support/posix_config.h"
