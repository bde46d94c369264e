/* Pipes and FIFOs: who waits for whom, whole and torn writes, ends that go. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rtems.h>

static int ends[2];
static char block[1000];

static rtems_task reader(rtems_task_argument argument)
{
  char buffer[600];
  int fd = argument != 0 ? open("/fifo", O_RDONLY) : ends[0];
  ssize_t count;

  while ((count = read(fd, buffer, sizeof(buffer))) > 0) {
    printf("reader: %d bytes, first %c\n", (int) count, buffer[0]);
  }
  printf("reader: %d\n", (int) count);
  close(fd);
  rtems_task_exit();
}

static void start(rtems_task_argument argument)
{
  rtems_id id;

  rtems_task_create(
    rtems_build_name('R', 'E', 'A', 'D'), 2, 8192, RTEMS_DEFAULT_MODES, RTEMS_DEFAULT_ATTRIBUTES, &id
  );
  rtems_task_start(id, reader, argument);
}

static void say(const char *what, int result)
{
  printf("%s: %d %s\n", what, result, result < 0 ? strerror(errno) : "");
}

rtems_task Init(rtems_task_argument argument)
{
  struct stat status;
  int count, fd, yes = 1;

  (void) argument;
  signal(SIGPIPE, SIG_IGN);
  say("pipe", pipe(ends));
  say("lseek", (int) lseek(ends[0], 0, SEEK_SET));
  fstat(ends[0], &status);
  say("is a FIFO", S_ISFIFO(status.st_mode));
  ioctl(ends[0], FIONBIO, &yes);
  say("read nothing", (int) read(ends[0], block, 1));
  yes = 0;
  ioctl(ends[0], FIONBIO, &yes);
  say("write", (int) write(ends[1], "hello", 5));
  ioctl(ends[0], FIONREAD, &count);
  say("waiting", count);
  start(0);
  rtems_task_wake_after(1);
  memset(block, 'x', sizeof(block));
  say("write much", (int) write(ends[1], block, sizeof(block)));
  close(ends[1]);
  rtems_task_wake_after(1);

  say("mkfifo", mkfifo("/fifo", 0600));
  say("no reader", open("/fifo", O_WRONLY | O_NONBLOCK));
  start(1);
  rtems_task_wake_after(1);
  fd = open("/fifo", O_WRONLY);
  say("meets", fd >= 0);
  say("write", (int) write(fd, "y", 1));
  close(fd);
  rtems_task_wake_after(1);

  fd = open("/fifo", O_RDWR | O_NONBLOCK);
  say("fill", (int) write(fd, block, 500));
  say("no room for 13", (int) write(fd, block, 13));
  say("torn", (int) write(fd, block, 600));
  say("full", (int) write(fd, block, 600));
  close(fd);
  ends[0] = open("/fifo", O_RDONLY | O_NONBLOCK);
  say("nobody writes", (int) read(ends[0], block, 1));
  ends[1] = open("/fifo", O_WRONLY);
  close(ends[0]);
  say("nobody reads", (int) write(ends[1], block, 1));
  say("unlink", unlink("/fifo"));
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 8
#define CONFIGURE_IMFS_ENABLE_MKFIFO
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
