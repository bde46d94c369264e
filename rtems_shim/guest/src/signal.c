/* Signals: set arithmetic, the waiting calls, and the frame in which handlers run. */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

#include <rtems.h>

#include "internal.h"

RTEMS_STATIC_ASSERT(sizeof(siginfo_t) == sizeof(struct rtems_shim_siginfo), siginfo_t);
RTEMS_STATIC_ASSERT(sizeof(struct sigaction) == sizeof(struct rtems_shim_sigaction), sigaction);
RTEMS_STATIC_ASSERT(sizeof(struct sigevent) == sizeof(struct rtems_shim_sigevent), sigevent);

/* The two are macros in a newlib that does not know RTEMS. */
#undef sigaddset
#undef sigdelset
#undef sigemptyset
#undef sigfillset
#undef sigismember

static bool is_signal(int signal)
{
  return signal >= 1 && signal < NSIG;
}

static sigset_t bit_of(int signal)
{
  return (sigset_t) 1 << (signal - 1);
}

static int invalid(void)
{
  errno = EINVAL;
  return -1;
}

int sigemptyset(sigset_t *set)
{
  if (set == NULL) {
    return invalid();
  }
  *set = 0;
  return 0;
}

int sigfillset(sigset_t *set)
{
  if (set == NULL) {
    return invalid();
  }
  *set = ~(sigset_t) 0;
  return 0;
}

/* RTEMS's sets have a signal 32, although no call sends it. */
int sigaddset(sigset_t *set, const int signal)
{
  if (set == NULL || signal < 1 || signal > NSIG) {
    return invalid();
  }
  *set |= bit_of(signal);
  return 0;
}

/* Signal 0 is in no set, and RTEMS says so without an error. */
int sigdelset(sigset_t *set, const int signal)
{
  if (set == NULL || (signal != 0 && !is_signal(signal))) {
    return invalid();
  }
  if (signal != 0) {
    *set &= ~bit_of(signal);
  }
  return 0;
}

int sigismember(const sigset_t *set, int signal)
{
  if (set == NULL || (signal != 0 && !is_signal(signal))) {
    return invalid();
  }
  return signal != 0 && (*set & bit_of(signal)) != 0;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
  return pthread_sigmask(how, set, old);
}

int raise(int signal)
{
  return kill(1, signal);
}

/* As on RTEMS the handler stays, and its own signal is not blocked while it runs. */
_sig_func_ptr signal(int number, _sig_func_ptr handler)
{
  struct sigaction action = { .sa_handler = handler };
  struct sigaction old;

  return sigaction(number, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

/* Without a place of the caller's, the signal's description goes to a local: on the waiter's stack in any case. */
int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
  siginfo_t ignored;

  return rtems_shim_sigtimedwait((void *) set, info != NULL ? info : &ignored, (void *) timeout);
}

int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
  return sigtimedwait(set, info, NULL);
}

/* The information is a local of this call: whoever sends the signal to the blocked thread writes it there. */
int sigwait(const sigset_t *set, int *signal)
{
  siginfo_t info;

  if (rtems_shim_sigtimedwait((void *) set, &info, NULL) < 0) {
    return errno;
  }
  if (signal != NULL) {
    *signal = info.si_signo;
  }
  return 0;
}

static void call_handler(const struct rtems_shim_signal_call *call)
{
  siginfo_t info = { .si_signo = (int) call->signal, .si_code = (int) call->code };

  info.si_value.sival_ptr = (void *) call->value;
  if (call->handler == 0) { /* SIG_DFL */
    exit(1);
  }
  if (call->is_classic) {
    ((rtems_asr_entry) call->handler)(call->signal);
  } else if ((call->flags & SA_SIGINFO) != 0) {
    ((void (*)(int, siginfo_t *, void *)) call->handler)((int) call->signal, &info, NULL);
  } else {
    ((void (*)(int)) call->handler)((int) call->signal);
  }
}

void rtems_shim_signal_entry(void);

/* Runs on a frame that the kernel put on the thread's stack; errno belongs to the interrupted code. */
void rtems_shim_signal_entry(void)
{
  struct rtems_shim_signal_call call;
  int saved_errno = errno;

  while (rtems_shim_signal_next(&call)) {
    call_handler(&call);
  }
  errno = saved_errno;
  rtems_shim_signal_return();
}
