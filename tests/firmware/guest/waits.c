/* Times that are none: a missing deadline is refused when it is needed, a zero timeout only asks. */
#include <rtems.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAY(call) do { errno = 0; int r_ = (int) (call); printf(#call ": %d %s\n", r_, errno ? strerror(errno) : ""); } while (0)

static int handled;
static void handler(int number) { handled = number; }

void *POSIX_Init(void *argument)
{
  struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 1 };
  mqd_t q = mq_open("/q", O_CREAT | O_RDWR, 0777, &attributes);
  char b[1];
  sigset_t set;
  struct timespec zero = { 0, 0 }, bad = { 0, -1 };

  SAY(mq_timedsend(q, "a", 1, 1, NULL));
  SAY(mq_timedsend(q, "bb", 2, 1, NULL));
  SAY(mq_timedsend(q, "b", 1, MQ_PRIO_MAX + 1, NULL));
  SAY(mq_timedsend(q, "b", 1, 1, NULL));
  SAY(mq_timedreceive(q, b, 1, NULL, NULL));
  SAY(mq_timedreceive(q, b, 1, NULL, NULL));
  SAY(mq_timedreceive(q, b, 0, NULL, NULL));
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  SAY(sigtimedwait(&set, NULL, &zero));
  SAY(sigtimedwait(&set, NULL, &bad));
  raise(SIGUSR1);
  SAY(sigtimedwait(&set, NULL, &bad));
  printf("%d\n", signal(SIGUSR2, handler) == SIG_DFL);
  raise(SIGUSR2);
  printf("%d %d\n", handled == SIGUSR2, signal(SIGUSR2, SIG_IGN) == handler);
  SAY(signal(SIGKILL, handler) == SIG_ERR);
  printf("%s, %s, %s\n", strsignal(SIGUSR1), strsignal(SIGTTOU), strsignal(SIGRTMIN + 1));
  puts(strsignal(99));
  int fd = open("/file", O_CREAT | O_RDWR, 0600);
  SAY(isatty(fd));
  SAY(isatty(1));
  SAY(isatty(99));
  exit(0);
  return argument;
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_SIMPLE_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_POSIX_THREADS 1
#define CONFIGURE_MAXIMUM_POSIX_MESSAGE_QUEUES 1
#define CONFIGURE_MESSAGE_BUFFER_MEMORY CONFIGURE_MESSAGE_BUFFERS_FOR_QUEUE(1, 1)
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#define CONFIGURE_POSIX_INIT_THREAD_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
