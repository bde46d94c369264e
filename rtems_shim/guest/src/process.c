/* Whose the one process is, and what POSIX asks of it that RTEMS answers without a kernel. */

#include <errno.h>
#include <sched.h>
#include <sys/types.h>
#include <unistd.h>

#include <rtems.h>

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
  return 0;
}

int issetugid(void)
{
  return 0;
}

pid_t getppid(void)
{
  return 0;
}

pid_t getpgrp(void)
{
  return getpid();
}

/* As on RTEMS: there are no processes to schedule. */

static int no_processes(void)
{
  errno = ENOSYS;
  return -1;
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
