/* pthread_kill() writes the siginfo_t into the stack of the thread that waits for the signal. */

#include "case.h"

static sigset_t set;

static void *waiter(void *argument)
{
  siginfo_t information;

  CHECK(sigwaitinfo(&set, &information) == SIGUSR1 && information.si_signo == SIGUSR1);
  return argument;
}

void *POSIX_Init(void *argument)
{
  pthread_t thread;

  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  thread = start(waiter);
  usleep(2000);
  /* REMEDY */
  CHECK(pthread_kill(thread, SIGUSR1) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  exit(0);
}

#include "case_config.h"
