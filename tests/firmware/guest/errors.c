/* rtems_error(), getrusage(), confstr(), uname(), interval timers, logins; and the end by rtems_error(). */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rtems.h>
#include <rtems/error.h>

static void say(const char *what, int result)
{
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "OK");
}

rtems_task Init(rtems_task_argument argument)
{
  struct rusage usage;
  struct itimerval timer = { { 1, 0 }, { 1, 0 } }, before;
  struct utsname name;
  char text[60];

  (void) argument;
  errno = ENOMEM;
  printf("%d\n", rtems_error(RTEMS_ERROR_ERRNO | RTEMS_TIMEOUT, "%s", "said"));
  errno = -1;
  rtems_error(RTEMS_ERROR_ERRNO, "unknown");
  say("children", getrusage(RUSAGE_CHILDREN, &usage));
  say("nobody", getrusage(77, &usage));
  say("nowhere", getrusage(RUSAGE_SELF, NULL));
  rtems_task_wake_after(10);
  say("self", getrusage(RUSAGE_SELF, &usage));
  printf("idle for nine ticks: %d\n", usage.ru_stime.tv_sec == 1 && usage.ru_stime.tv_usec > 80000);
  say("thread", getrusage(RUSAGE_THREAD, &usage));
  printf("no idle: %d\n", usage.ru_stime.tv_usec == 0);
  say("setitimer", setitimer(ITIMER_REAL, &timer, &before));
  say("getitimer", getitimer(9, &timer));
  printf("confstr: %d %s\n", (int) confstr(_CS_POSIX_V7_ILP32_OFF32_LIBS, text, sizeof(text)), text);
  say("no path", confstr(_CS_PATH, text, sizeof(text)) == 0 ? -1 : 0);
  say("uname", uname(&name));
  printf("%s %s\n", name.sysname, name.machine);
  printf("login: %s\n", getlogin());
  say("fork", fork());
  say("wait", wait(NULL));
  say("exec", execl("/bin/sh", "sh", NULL));
  fflush(stdout);
  errno = 0;
  rtems_error(RTEMS_ERROR_PANIC | RTEMS_NO_MEMORY, "the end");
  puts("not reached");
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 4
#define CONFIGURE_INIT_TASK_STACK_SIZE 8192
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
