/* Whose the one process is, and what POSIX asks of it that RTEMS answers without a kernel. */

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rtems.h>
#include <rtems/version.h>

#include "internal.h"

/* Root, until the program says otherwise; they refuse nothing. */
static uid_t real_user, effective_user;
static gid_t real_group, effective_group;

uid_t getuid(void)
{
  return real_user;
}

uid_t geteuid(void)
{
  return effective_user;
}

gid_t getgid(void)
{
  return real_group;
}

gid_t getegid(void)
{
  return effective_group;
}

int setuid(uid_t user)
{
  real_user = user;
  return 0;
}

int seteuid(uid_t user)
{
  effective_user = user;
  rtems_shim_set_identity(effective_user, effective_group);
  return 0;
}

int setgid(gid_t group)
{
  real_group = group;
  return 0;
}

int setegid(gid_t group)
{
  effective_group = group;
  rtems_shim_set_identity(effective_user, effective_group);
  return 0;
}

int issetugid(void)
{
  return 0;
}

pid_t __getpid(void);

pid_t __getpid(void)
{
  return getpid();
}

pid_t getppid(void)
{
  return 0;
}

pid_t getpgrp(void)
{
  return getpid();
}

pid_t setsid(void)
{
  errno = EPERM; /* a process leads its own group already */
  return -1;
}

/* As on RTEMS: there are no other processes. */

static int no_processes(void)
{
  errno = ENOSYS;
  return -1;
}

int setpgid(pid_t process, pid_t group)
{
  (void) process;
  (void) group;
  return no_processes();
}

int _execve(const char *path, char *const arguments[], char *const environment[])
{
  (void) path;
  (void) arguments;
  (void) environment;
  return no_processes();
}

int execv(const char *path, char *const arguments[])
{
  return _execve(path, arguments, NULL);
}

int execve(const char *path, char *const arguments[], char *const environment[])
{
  return _execve(path, arguments, environment);
}

int execvp(const char *path, char *const arguments[])
{
  return _execve(path, arguments, NULL);
}

int execl(const char *path, const char *argument, ...)
{
  (void) path;
  (void) argument;
  return no_processes();
}

int execle(const char *path, const char *argument, ...)
{
  (void) path;
  (void) argument;
  return no_processes();
}

int execlp(const char *path, const char *argument, ...)
{
  (void) path;
  (void) argument;
  return no_processes();
}

pid_t fork(void)
{
  return no_processes();
}

pid_t vfork(void)
{
  return no_processes();
}

pid_t wait(int *status)
{
  (void) status;
  return no_processes();
}

pid_t waitpid(pid_t process, int *status, int options)
{
  (void) process;
  (void) status;
  (void) options;
  return no_processes();
}

int clock_getcpuclockid(pid_t process, clockid_t *clock)
{
  (void) process;
  (void) clock;
  return no_processes();
}

/* Interval timers: which one there would be is looked at. */

static int no_interval_timer(int which, const void *value)
{
  if (value == NULL) {
    errno = EFAULT;
    return -1;
  }
  errno = which == ITIMER_REAL || which == ITIMER_VIRTUAL || which == ITIMER_PROF ? ENOSYS : EINVAL;
  return -1;
}

int getitimer(int which, struct itimerval *value)
{
  return no_interval_timer(which, value);
}

int setitimer(int which, const struct itimerval *value, struct itimerval *before)
{
  return no_interval_timer(which, before == NULL ? NULL : value);
}

int uname(struct utsname *name)
{
  if (name == NULL) {
    errno = EFAULT;
    return -1;
  }
  strlcpy(name->sysname, "RTEMS", sizeof(name->sysname));
  strlcpy(name->nodename, "Node 1", sizeof(name->nodename));
  snprintf(name->release, sizeof(name->release), "%s", rtems_version());
  name->version[0] = '\0';
  strlcpy(name->machine, "arm", sizeof(name->machine));
  return 0;
}

int sched_getparam(pid_t process, struct sched_param *parameters)
{
  (void) process;
  (void) parameters;
  return no_processes();
}

int sched_setparam(pid_t process, const struct sched_param *parameters)
{
  (void) process;
  (void) parameters;
  return no_processes();
}

int sched_getscheduler(pid_t process)
{
  (void) process;
  return no_processes();
}

int sched_setscheduler(pid_t process, int policy, const struct sched_param *parameters)
{
  (void) process;
  (void) policy;
  (void) parameters;
  return no_processes();
}
