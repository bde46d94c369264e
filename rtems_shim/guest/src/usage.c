/* getrusage(): the processor time of threads. The idle thread's is the system's, as in RTEMS. */

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/times.h>

#include <rtems.h>

#include "internal.h"

#define NANOSECONDS 1000000000

static struct timeval timeval_of(uint64_t nanoseconds)
{
  struct timeval time = {
    .tv_sec = (time_t) (nanoseconds / NANOSECONDS),
    .tv_usec = (suseconds_t) (nanoseconds % NANOSECONDS / 1000)
  };

  return time;
}

int getrusage(int who, struct rusage *usage)
{
  struct rtems_shim_thread_record record = { .id = 0 };
  uint64_t threads = 0, idle = 0, own = 0;

  if (usage == NULL) {
    errno = EFAULT;
    return -1;
  }
  if (who != RUSAGE_SELF && who != RUSAGE_THREAD) {
    errno = who == RUSAGE_CHILDREN ? ENOSYS : EINVAL;
    return -1;
  }
  while (rtems_shim_thread_get(record.id, &record) != 0) {
    bool is_idle = rtems_object_id_get_api(record.id) == OBJECTS_INTERNAL_API;

    *(is_idle ? &idle : &threads) += (uint64_t) record.used_ns;
    own = record.id == rtems_task_self() ? (uint64_t) record.used_ns : own;
  }
  memset(usage, 0, sizeof(*usage));
  usage->ru_utime = timeval_of(who == RUSAGE_SELF ? threads : own);
  usage->ru_stime = timeval_of(who == RUSAGE_SELF ? idle : 0);
  return 0;
}
