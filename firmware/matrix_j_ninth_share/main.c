/* (J) A thread may use eight stacks besides its own. Init uses all eight, and the ninth is refused. */

#include "../support/threads.h"

const char rtems_test_name[] = "matrix J: ninth share";

#define OWNERS 9

static volatile int *volatile words[OWNERS];
static sem_t end;

static void *owner(void *argument)
{
  volatile int value = 0;

  words[(uintptr_t) argument] = &value;
  rtems_test_assert(sem_wait(&end) == 0);
  rtems_test_assert(value == ((uintptr_t) argument == OWNERS - 1 ? 0 : 100 + (int) (uintptr_t) argument));
  return NULL;
}

void *POSIX_Init(void *argument)
{
  pthread_t threads[OWNERS];
  uintptr_t index;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  rtems_test_assert(sem_init(&end, 0, 0) == 0);
  for (index = 0; index < OWNERS; ++index) {
    char name[] = "own0";

    name[3] = (char) ('0' + index);
    threads[index] = start_thread(name, NULL, owner, (void *) index);
  }
  rtems_test_assert(sched_yield() == 0);
  for (index = 0; index < OWNERS - 1; ++index) {
    directive_failed(
      rtems_share_stack(RTEMS_SELF, threads[index], PROT_READ | PROT_WRITE),
      "rtems_share_stack"
    );
  }
  printf("Init: eight shares\n");
  fatal_directive_status(
    rtems_share_stack(RTEMS_SELF, threads[OWNERS - 1], PROT_READ | PROT_WRITE),
    RTEMS_TOO_MANY,
    "ninth rtems_share_stack"
  );
  rtems_test_assert(map_stack("own8", NULL, PROT_READ | PROT_WRITE) == EMFILE);
  printf("Init: the ninth is refused\n");
  /* More stacks than the MPU has regions: they come in by fault, and the values must survive that, twice round. */
  for (index = 0; index < 2 * (OWNERS - 1); ++index) {
    *words[index % (OWNERS - 1)] = 100 + (int) (index % (OWNERS - 1));
  }
  printf("Init: wrote to eight stacks\n");
  for (index = 0; index < OWNERS; ++index) {
    rtems_test_assert(sem_post(&end) == 0);
  }
  for (index = 0; index < OWNERS; ++index) {
    join(threads[index]);
  }
  TEST_END();
  rtems_test_exit(0);
}

#include "../support/posix_config.h"
