/*
 * Four threads that are switched all the time, by themselves and by the tick, and check after every switch that each
 * register that a function may rely on is what they put into it: r4-r11, and s16-s31 on a core with an FPU. s0-s15 are
 * checked as well in the part that only the tick can interrupt.
 */

#include "../support/threads.h"

const char rtems_test_name[] = "switch storm";

#define THREADS 4
#define ROUNDS 100
#define SPINS 2000

static volatile unsigned switches[THREADS];

/*
 * Loads every register with values made from `seed`, calls sched_yield() when `spins` is 0 or else spins that
 * often), and returns the number of registers that changed.
 */
unsigned check_registers(unsigned seed, unsigned spins);

static void *storm(void *argument)
{
  unsigned index = (unsigned) (uintptr_t) argument;
  unsigned round;

  for (round = 0; round < ROUNDS; ++round) {
    unsigned seed = (index + 1) * 0x01010101u + round * 0x00100000u;

    rtems_test_assert(check_registers(seed, 0) == 0);
    if (round % 8 == index) {
      rtems_test_assert(check_registers(seed, SPINS) == 0);
    }
    ++switches[index];
  }
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[THREADS];
  struct sched_param parameters = { .sched_priority = 10 };
  uintptr_t index;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  for (index = 0; index < THREADS; ++index) {
    char name[] = "0x01";

    name[3] = (char) ('1' + index);
    threads[index] = start_thread(name, index % 2 == 0 ? NULL : new_stack(), storm, (void *) index);
    rtems_test_assert(pthread_setschedparam(threads[index], SCHED_RR, &parameters) == 0);
  }
  for (index = 0; index < THREADS; ++index) {
    join(threads[index]);
    rtems_test_assert(switches[index] == ROUNDS);
  }
  printf("Init: %d threads, %d rounds each, every register kept\n", THREADS, ROUNDS);
  TEST_END();
  rtems_test_exit(0);
}

#define CONFIGURE_MICROSECONDS_PER_TICK 1000
#define CONFIGURE_TICKS_PER_TIMESLICE 1

#include "../support/posix_config.h"
