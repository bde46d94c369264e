/*
 * (F) A thread waits for a signal, and where the signal's description goes is on its stack: whoever signals writes
 * there.
 */

#include "../support/threads.h"

#include <signal.h>

const char rtems_test_name[] = "matrix F: sigwait";

static void *waiter(void *argument)
{
  sigset_t set;
  int signal = 0;

  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  printf("0x01: waiting\n");
  rtems_test_assert(sigwait(&set, &signal) == 0);
  printf("0x01: got signal %d\n", signal);
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  (void) argument;
  TEST_BEGIN();
  set_name(pthread_self(), "Init");
  thread = start_thread("0x01", new_stack(), waiter, NULL);
  rtems_test_assert(sched_yield() == 0);
  printf("Init: signalling\n");
  rtems_test_assert(pthread_kill(thread, SIGUSR1) == 0);
  rtems_test_exit(1);
}

#include "../support/posix_config.h"
