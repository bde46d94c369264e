/* What the library does for a program by itself: clocks that are adjusted, names of values, places of processors. */

#define _GNU_SOURCE

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <threads.h>
#include <unistd.h>

#include <rtems.h>
#include <rtems/assoc.h>
#include <rtems/base64.h>

static long long ahead_us(void)
{
  struct timespec day, uptime;

  clock_gettime(CLOCK_REALTIME, &day);
  clock_gettime(CLOCK_MONOTONIC, &uptime);
  return (long long) (day.tv_sec - uptime.tv_sec) * 1000000 + (day.tv_nsec - uptime.tv_nsec) / 1000;
}

/* What is done of it and what is left is the whole; between the two readings a few microseconds pass. */
static void adjust(long seconds, long microseconds)
{
  struct timeval delta = { .tv_sec = seconds, .tv_usec = microseconds }, left;
  long long before = ahead_us(), done, rest;

  adjtime(&delta, NULL);
  rtems_task_wake_after(250);
  adjtime(NULL, &left);
  done = ahead_us() - before;
  rest = (long long) left.tv_sec * 1000000 + left.tv_usec;
  printf("left %lld us, lost %d\n", rest, llabs(seconds * 1000000LL + microseconds - done - rest) > 50);
}

static void clocks(void)
{
  struct timeval nothing = { 0, 0 };
  struct timex change = { .modes = MOD_MAXERROR | MOD_STATUS, .maxerror = 12, .status = 0 };
  struct ntptimeval now;

  adjust(0, 5000);
  adjust(-2, 0);
  adjtime(&nothing, NULL);
  printf("ntp_gettime %d %ld\n", ntp_gettime(&now), now.maxerror);
  printf("ntp_adjtime %d %ld 0x%x\n", ntp_adjtime(&change), change.maxerror, (unsigned) change.status);
  change.modes = MOD_OFFSET;
  printf("of the rate %d %s\n", ntp_adjtime(&change), strerror(errno));
  printf("gettimeofday %d %s\n", gettimeofday(NULL, NULL), strerror(errno));
}

static const rtems_assoc_t table[] = { { "(default)", 9, 90 }, { "one", 1, 10 }, { "two", 2, 20 }, { 0, 0, 0 } };
static const rtems_assoc_32_pair pairs[] = { { 1, "A" }, { 2, "B" }, { 4, "C" } };

static void put_to_stdout(int character, void *argument)
{
  (void) argument;
  putchar(character);
}

static void names(void)
{
  char text[40];

  printf("assoc %s %s %lu\n", rtems_assoc_name_by_local(table, 2), rtems_assoc_name_by_remote(table, 77),
    (unsigned long) rtems_assoc_remote_by_name(table, "one"));
  printf("bits 0x%lx %s\n", (unsigned long) rtems_assoc_remote_by_local_bitfield(table + 1, 3),
    rtems_assoc_name_by_local_bitfield(table + 1, 3, text));
  printf("sets %d", (int) rtems_assoc_32_to_string(5, text, 3, pairs, 3, "+", "-"));
  printf(" %s\n", text);
  printf(" = %d\n", _Base64_Encode(put_to_stdout, NULL, "abcdefg", 7, "|", 4));
  printf(" = %d\n", _Base64url_Encode(put_to_stdout, NULL, "\0\0\076\0\0\077", 6, "|", 0));
  printf("error %s %s\n", rtems_internal_error_text(18), rtems_internal_error_text(48));
}

static void processors(void)
{
  cpu_set_t none, all;

  CPU_ZERO(&none);
  CPU_FILL(&all);
  printf("affinity %d %d %d\n", rtems_task_set_affinity(RTEMS_SELF, sizeof(all), &all),
    rtems_task_set_affinity(RTEMS_SELF, 0, &all), rtems_task_set_affinity(RTEMS_SELF, sizeof(none), &none));
  printf("as errors %d %d %d\n", pthread_setaffinity_np(pthread_self(), sizeof(all), NULL) == EFAULT,
    pthread_setaffinity_np(0x0b010055, sizeof(all), &all) == ESRCH,
    pthread_getaffinity_np(pthread_self(), 0, &all) == EINVAL);
}

static void used(void)
{
  struct rusage usage;
  struct tms ticks;
  struct iovec nothing[2] = { { NULL, 0 }, { NULL, 0 } };
  mtx_t mutex;

  getrusage(RUSAGE_SELF, &usage);
  printf("user %d idle %d\n", (int) usage.ru_utime.tv_sec, usage.ru_stime.tv_sec >= 1);
  printf("ticks %d %d\n", (int) times(&ticks) == (int) ticks.tms_stime, ticks.tms_utime < ticks.tms_stime);
  printf("no bytes %d, no descriptor %d\n", (int) writev(1, nothing, 2), (int) writev(77, nothing, 2));
  mtx_init(&mutex, mtx_plain);
  printf("mutexes of C nest %d %d\n", mtx_lock(&mutex), mtx_lock(&mutex));
}

static rtems_task Init(rtems_task_argument argument)
{
  (void) argument;
  clocks();
  names();
  processors();
  used();
  exit(0);
}

#define CONFIGURE_APPLICATION_NEEDS_CLOCK_DRIVER
#define CONFIGURE_APPLICATION_NEEDS_CONSOLE_DRIVER
#define CONFIGURE_MAXIMUM_TASKS 1
#define CONFIGURE_RTEMS_INIT_TASKS_TABLE
#define CONFIGURE_INIT
#include <rtems/confdefs.h>
