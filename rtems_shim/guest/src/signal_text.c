/* strsignal(): the C library's words for RTEMS's numbers, which are not those the library was built with. */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <rtems.h>

#include "internal.h"

static const char *const names[] = {
  [SIGHUP] = "Hangup",
  [SIGINT] = "Interrupt",
  [SIGQUIT] = "Quit",
  [SIGILL] = "Illegal instruction",
  [SIGTRAP] = "Trace/breakpoint trap",
  [SIGABRT] = "Aborted",
  [SIGFPE] = "Floating point exception",
  [SIGKILL] = "Killed",
  [SIGBUS] = "Bus error",
  [SIGSEGV] = "Segmentation fault",
  [SIGSYS] = "Bad system call",
  [SIGPIPE] = "Broken pipe",
  [SIGALRM] = "Alarm clock",
  [SIGTERM] = "Terminated",
  [SIGURG] = "Urgent I/O condition",
  [SIGSTOP] = "Stopped (signal)",
  [SIGTSTP] = "Stopped",
  [SIGCONT] = "Continued",
  [SIGCHLD] = "Child exited",
  [SIGTTIN] = "Stopped (tty input)",
  [SIGTTOU] = "Stopped (tty output)",
  [SIGIO] = "I/O possible",
  [SIGWINCH] = "Window changed",
  [SIGUSR1] = "User defined signal 1",
  [SIGUSR2] = "User defined signal 2"
};

/* A name that is not in the table is the thread's until its next call. */
char *strsignal(int signal)
{
  char *text = rtems_shim_thread_locals()->signal_text;
  const size_t size = sizeof(rtems_shim_thread_locals()->signal_text);

  if (signal > 0 && (size_t) signal < RTEMS_ARRAY_SIZE(names) && names[signal] != NULL) {
    return (char *) names[signal];
  }
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
    snprintf(text, size, "Real-time signal %d", signal - SIGRTMIN);
  } else {
    snprintf(text, size, "Unknown signal %d", signal);
  }
  return text;
}
