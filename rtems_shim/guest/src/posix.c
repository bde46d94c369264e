/* POSIX calls whose C form differs from their trap: variable arguments, locals that the kernel writes, two traps. */

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include <rtems.h>
#include <rtems/thread.h>

#include "internal.h"

RTEMS_STATIC_ASSERT(sizeof(struct timespec) == sizeof(struct rtems_shim_timespec), timespec);
RTEMS_STATIC_ASSERT(sizeof(struct itimerspec) == sizeof(struct rtems_shim_itimerspec), itimerspec);
RTEMS_STATIC_ASSERT(sizeof(struct mq_attr) == sizeof(struct rtems_shim_mq_attr), mq_attr);
RTEMS_STATIC_ASSERT(sizeof(sem_t) == 28, sem_t_as_large_as_RTEMS_s);

#define PAGE 4096

/* Message queues */

/* What a missing deadline of a timed call is for the kernel, where NULL waits for ever: it refuses it when it waits. */
static void *deadline_or_invalid(const struct timespec *deadline)
{
  static const struct timespec invalid = { .tv_sec = 0, .tv_nsec = -1 };

  return (void *) (deadline != NULL ? deadline : &invalid);
}

mqd_t mq_open(const char *name, int flags, ...)
{
  mode_t mode = 0;
  struct mq_attr *attributes = NULL;
  va_list arguments;

  if ((flags & O_CREAT) != 0) {
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    attributes = va_arg(arguments, struct mq_attr *);
    va_end(arguments);
  }
  return (mqd_t) rtems_shim_mq_open(name, flags, mode, attributes);
}

int mq_send(mqd_t queue, const char *message, size_t length, unsigned priority)
{
  return rtems_shim_mq_send(queue, (void *) message, length, priority, NULL);
}

int mq_timedsend(mqd_t queue, const char *message, size_t length, unsigned priority, const struct timespec *deadline)
{
  return rtems_shim_mq_send(queue, (void *) message, length, priority, deadline_or_invalid(deadline));
}

/*
 * The received length is a local of this call, as in RTEMS: a sender that finds this thread blocked writes it here, on
 * the receiver's stack, before it writes the buffer.
 */
ssize_t mq_receive(mqd_t queue, char *buffer, size_t length, unsigned *priority)
{
  size_t length_out = 0;

  if (rtems_shim_mq_receive(queue, buffer, length, priority, NULL, &length_out) < 0) {
    return -1;
  }
  return (ssize_t) length_out;
}

ssize_t mq_timedreceive(
  mqd_t queue,
  char *buffer,
  size_t length,
  unsigned *priority,
  const struct timespec *deadline
)
{
  size_t length_out = 0;

  if (rtems_shim_mq_receive(queue, buffer, length, priority, deadline_or_invalid(deadline), &length_out) < 0) {
    return -1;
  }
  return (ssize_t) length_out;
}

/* Semaphores */

sem_t *sem_open(const char *name, int flags, ...)
{
  sem_t *semaphore = SEM_FAILED;
  mode_t mode = 0;
  unsigned value = 0;
  va_list arguments;

  if ((flags & O_CREAT) != 0) {
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    value = va_arg(arguments, unsigned);
    va_end(arguments);
  }
  return rtems_shim_sem_open(&semaphore, name, flags, mode, value) < 0 ? SEM_FAILED : semaphore;
}

/* Of rtems/thread.h: errors are returned. */

int rtems_shim_semaphore_try(sem_t *semaphore)
{
  const int saved_errno = errno;
  int error = sem_trywait(semaphore) == 0 ? 0 : errno;

  errno = saved_errno;
  return error;
}

/* Ticks that begin from now on. The clock begins with 1 s. */
int rtems_shim_semaphore_wait_ticks(sem_t *semaphore, uint32_t ticks)
{
  const int saved_errno = errno;
  const uint64_t tick = rtems_configuration_get_nanoseconds_per_tick();
  struct timespec deadline;
  uint64_t end;
  int error;

  clock_gettime(CLOCK_MONOTONIC, &deadline);
  end = ((uint64_t) deadline.tv_sec - 1) * 1000000000 + (uint64_t) deadline.tv_nsec;
  end += ticks * tick - end % tick;
  deadline.tv_sec = (time_t) (end / 1000000000) + 1;
  deadline.tv_nsec = (long) (end % 1000000000);
  error = sem_clockwait(semaphore, CLOCK_MONOTONIC, &deadline) == 0 ? 0 : errno;
  errno = saved_errno;
  return error;
}

/* The count of a binary semaphore does not grow beyond one. */
void rtems_shim_semaphore_post_binary(sem_t *semaphore)
{
  rtems_interrupt_level level;

  rtems_interrupt_disable(level);
  if (semaphore->count == 0) {
    (void) sem_post(semaphore);
  }
  rtems_interrupt_enable(level);
}

/* Time */

unsigned sleep(unsigned seconds)
{
  struct timespec request = { .tv_sec = seconds, .tv_nsec = 0 };
  struct timespec remaining = { .tv_sec = 0, .tv_nsec = 0 };

  if (nanosleep(&request, &remaining) == 0) {
    return 0;
  }
  return (unsigned) remaining.tv_sec; /* whole seconds, as the C library of RTEMS counts them */
}

int usleep(useconds_t microseconds)
{
  struct timespec request = {
    .tv_sec = (time_t) (microseconds / 1000000),
    .tv_nsec = (long) (microseconds % 1000000) * 1000
  };

  return nanosleep(&request, NULL);
}

/* There is one process, and it has used all the time there was. */
clock_t clock(void)
{
  return (clock_t) (rtems_clock_get_uptime_nanoseconds() / (1000000000 / CLOCKS_PER_SEC));
}

/* Ticks that the caller has executed: its record is the first behind the one of the id before. */
static clock_t executed_ticks(void)
{
  struct rtems_shim_thread_record record;
  const uint64_t tick_ns = (uint64_t) rtems_shim_configuration.microseconds_per_tick * 1000;

  if (rtems_shim_thread_get(rtems_task_self() - 1, &record) == 0) {
    return 0;
  }
  return (clock_t) ((uint64_t) record.executed_ns / tick_ns);
}

clock_t times(struct tms *usage)
{
  clock_t now = (clock_t) rtems_clock_get_ticks_since_boot();

  if (usage == NULL) {
    errno = EFAULT;
    return (clock_t) -1;
  }
  memset(usage, 0, sizeof(*usage));
  usage->tms_stime = now; /* as on RTEMS: of the system all of it, of the user the caller's own */
  usage->tms_utime = executed_ticks();
  return now;
}

/* sysconf() and friends */

int getpagesize(void)
{
  return PAGE;
}

long sysconf(int name)
{
  switch (name) {
    case _SC_PAGESIZE:
      return PAGE;
    case _SC_CLK_TCK:
      return (long) rtems_clock_get_ticks_per_second();
    case _SC_OPEN_MAX:
      return (long) rtems_shim_configuration.maximum_files;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
      return 1;
    case _SC_GETPW_R_SIZE_MAX:
      /* Of the databases of users and groups RTEMS answers only this one. */
      return 1024;
    case _SC_SYMLOOP_MAX:
      return 32;
    default:
      errno = EINVAL;
      return -1;
  }
}

pid_t getpid(void)
{
  return 1;
}
