/* Asynchronous input and output, and reads and writes at a place of their own. */

#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rtems.h>
#include <rtems/posix/aio_misc.h>
#include <rtems/profiling.h>
#include <rtems/score/atomic.h>

static char text[] = "0123456789", room[16];
static struct aiocb requests[3];
static volatile int signalled;

static void say(const char *what, long value, int error)
{
  printf("%s: %ld%s%s\n", what, value, value < 0 ? " " : "", value < 0 ? strerror(error) : "");
}

static struct aiocb *ask(int index, int fd, char *buffer, size_t size, off_t offset)
{
  requests[index] = (struct aiocb) { .aio_fildes = fd, .aio_buf = buffer, .aio_nbytes = size, .aio_offset = offset };
  requests[index].aio_sigevent.sigev_notify = SIGEV_NONE;
  return &requests[index];
}

static void on_signal(int number, siginfo_t *information, void *context)
{
  (void) number;
  (void) context;
  signalled = information->si_value.sival_int;
}

static void on_thread(union sigval value)
{
  printf("told in a thread: %d\n", value.sival_int);
}

static void let_others_run(void)
{
  rtems_task_wake_after(2);
}

static void files(void)
{
  int fd = open("/file", O_RDWR | O_CREAT, 0600), error, reader;
  struct aiocb *request = ask(0, fd, text, 10, 0);

  say("write", aio_write(request), errno);
  printf("at once: %s\n", strerror(aio_error(request)));
  let_others_run();
  error = aio_error(request);
  say("later", error, 0);
  say("return", aio_return(request), errno);
  say("return again", aio_return(request), errno);
  say("error again", aio_error(request), errno);
  say("position", lseek(fd, 0, SEEK_CUR), errno);
  say("read", aio_read(ask(0, fd, room, 4, 3)), errno);
  let_others_run();
  printf("read %zd: %.4s\n", aio_return(&requests[0]), room);
  say("beyond the end", aio_read(ask(0, fd, room, 4, 100)), errno);
  let_others_run();
  say("return", aio_return(&requests[0]), errno);
  say("fsync", aio_fsync(O_SYNC, ask(0, fd, NULL, 0, 0)), errno);
  say("fsync of no kind", aio_fsync(4711, ask(1, fd, NULL, 0, 0)), errno);
  let_others_run();
  say("return", aio_return(&requests[0]), errno);

  say("negative offset", aio_read(ask(0, fd, room, 4, -1)), errno);
  requests[0].aio_offset = 0;
  requests[0].aio_reqprio = -1;
  say("negative priority", aio_read(&requests[0]), errno);
  say("no descriptor", aio_read(ask(0, 15, room, 4, 0)), errno);
  reader = open("/file", O_RDONLY);
  say("no writer", aio_write(ask(0, reader, text, 4, 0)), errno);
  say("nothing", aio_read(NULL), errno);
  requests[0].aio_fildes = fd;
  requests[0].aio_sigevent.sigev_notify = 99;
  say("no event", aio_write(&requests[0]), errno);
  say("suspend", aio_suspend(NULL, 0, NULL), errno);
  close(reader);
  close(fd);
}

static void cancelling(int fd)
{
  int other = open("/file", O_RDWR);

  aio_write(ask(0, fd, text, 1, 0));
  aio_write(ask(1, fd, text, 2, 1));
  say("cancel another's", aio_cancel(other, &requests[1]), errno);
  say("cancel one", aio_cancel(fd, &requests[1]), errno);
  printf("cancelled: %s\n", strerror(aio_error(&requests[1])));
  say("return", aio_return(&requests[1]), errno);
  say("cancel all", aio_cancel(fd, NULL), errno);
  say("cancel all again", aio_cancel(fd, NULL), errno);
  let_others_run();
  aio_write(ask(0, fd, text, 1, 0));
  let_others_run();
  say("too late", aio_cancel(fd, &requests[0]), errno);
  say("no descriptor", aio_cancel(15, NULL), errno);
  close(other);
}

static void urgency(int fd)
{
  int index, pipe_ends[2];

  for (index = 0; index < 3; ++index) {
    ask(index, fd, &text[index], 1, 0)->aio_reqprio = 3 - index;
    aio_write(&requests[index]);
  }
  let_others_run();
  pread(fd, room, 1, 0);
  printf("the least urgent came last: %c\n", room[0]);

  pipe(pipe_ends);
  aio_read(ask(0, pipe_ends[0], room, 5, 0));
  let_others_run();
  printf("a reader of a pipe waits: %s\n", strerror(aio_error(&requests[0])));
  say("cancel it", aio_cancel(pipe_ends[0], &requests[0]), errno);
  write(pipe_ends[1], "pipe", 5);
  let_others_run();
  printf("and has %zd: %s\n", aio_return(&requests[0]), room);
}

static void telling(int fd)
{
  struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

  sigaction(SIGUSR1, &action, NULL);
  ask(0, fd, text, 1, 0)->aio_sigevent =
    (struct sigevent) { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42 };
  aio_write(&requests[0]);
  let_others_run();
  say("signal", signalled, 0);
  ask(0, fd, text, 1, 0)->aio_sigevent =
    (struct sigevent) { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_thread, .sigev_value.sival_int = 7 };
  aio_write(&requests[0]);
  let_others_run();
}

static void lists(int fd)
{
  struct aiocb *list[] = { &requests[0], NULL, &requests[1], &requests[2] };
  struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_thread };

  event.sigev_value.sival_int = 8;
  ask(0, fd, text, 4, 0)->aio_lio_opcode = LIO_WRITE;
  ask(1, fd, room, 3, 1)->aio_lio_opcode = LIO_READ;
  ask(2, fd, NULL, 0, 0)->aio_lio_opcode = LIO_NOP;
  memset(room, '-', sizeof(room));
  say("list", lio_listio(LIO_WAIT, list, 4, NULL), errno);
  printf("written %zd, read %zd: %.4s\n", aio_return(list[0]), aio_return(list[2]), room);
  requests[0].aio_lio_opcode = LIO_WRITE;
  say("list, nobody waits", lio_listio(LIO_NOWAIT, list, 1, &event), errno);
  let_others_run();
  requests[0].aio_fildes = 15;
  say("list with a bad one", lio_listio(LIO_WAIT, list, 4, NULL), errno);
  say("list of none", lio_listio(LIO_WAIT, list, 0, NULL), errno);
  say("list of too many", lio_listio(LIO_WAIT, list, AIO_LISTIO_MAX + 1, NULL), errno);
  say("no list", lio_listio(LIO_WAIT, NULL, 1, NULL), errno);
  say("no mode", lio_listio(9, list, 1, NULL), errno);
}

static void places(void)
{
  int fd = open("/places", O_RDWR | O_CREAT, 0600), ends[2];

  write(fd, text, 10);
  lseek(fd, 2, SEEK_SET);
  say("pwrite", pwrite(fd, "ab", 2, 8), errno);
  say("pread", pread(fd, room, 4, 7), errno);
  printf("%.3s\n", room);
  say("position", lseek(fd, 0, SEEK_CUR), errno);
  say("pread before the beginning", pread(fd, room, 1, -1), errno);
  say("position", lseek(fd, 0, SEEK_CUR), errno);
  pipe(ends);
  say("pread of a pipe", pread(ends[0], room, 1, 0), errno);
  say("pread of nothing", pread(15, room, 1, 0), errno);
}

static void visit(void *argument, const rtems_profiling_data *data)
{
  (void) argument;
  printf("profiled: %d\n", (int) data->header.type);
}

static void atomics(void)
{
  static Atomic_Uint number = ATOMIC_INITIALIZER_UINT(5);
  static Atomic_Flag flag = ATOMIC_INITIALIZER_FLAG;
  unsigned expected = 6;
  bool changed;

  printf("atomic: %u", _Atomic_Fetch_add_uint(&number, 2, ATOMIC_ORDER_SEQ_CST));
  changed = _Atomic_Compare_exchange_uint(&number, &expected, 1, ATOMIC_ORDER_RELAXED, ATOMIC_ORDER_RELAXED);
  printf(" %d %u", changed, expected);
  changed = _Atomic_Compare_exchange_uint(&number, &expected, 1, ATOMIC_ORDER_RELAXED, ATOMIC_ORDER_RELAXED);
  printf(" %d %u", changed, _Atomic_Load_uint(&number, ATOMIC_ORDER_ACQUIRE));
  changed = _Atomic_Flag_test_and_set(&flag, ATOMIC_ORDER_ACQUIRE);
  printf(" %d%d\n", changed, _Atomic_Flag_test_and_set(&flag, ATOMIC_ORDER_ACQUIRE));
}

static rtems_task Init(rtems_task_argument argument)
{
  int fd;

  (void) argument;
  rtems_aio_init();
  files();
  fd = open("/file", O_RDWR);
  cancelling(fd);
  urgency(fd);
  telling(fd);
  lists(fd);
  places();
  rtems_profiling_iterate(visit, NULL);
  say("profile", rtems_profiling_report_xml("x", NULL, 1, " "), 0);
  atomics();
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_MAXIMUM_POSIX_THREADS 6
#define CONFIGURE_MAXIMUM_POSIX_QUEUED_SIGNALS 4
#define CONFIGURE_MAXIMUM_FILE_DESCRIPTORS 12
#define CONFIGURE_IMFS_ENABLE_MKFIFO
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
