/* newlib's limits.h, with the POSIX limits of this system. */

#ifndef RTEMS_SHIM_LIMITS_H
#define RTEMS_SHIM_LIMITS_H

#include_next <limits.h>

#include <sys/syslimits.h>

#ifndef PTHREAD_STACK_MIN
#define PTHREAD_STACK_MIN 0
#endif
#ifndef PTHREAD_KEYS_MAX
#define PTHREAD_KEYS_MAX 28
#endif
#ifndef PTHREAD_THREADS_MAX
#define PTHREAD_THREADS_MAX 64
#endif
#ifndef PTHREAD_DESTRUCTOR_ITERATIONS
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#endif
#ifndef SEM_VALUE_MAX
#define SEM_VALUE_MAX 0x7FFFFFFF
#endif
#ifndef SEM_NSEMS_MAX
#define SEM_NSEMS_MAX 256
#endif
#ifndef MQ_PRIO_MAX
#define MQ_PRIO_MAX 32
#endif
#ifndef RTSIG_MAX
#define RTSIG_MAX 8
#endif
#ifndef SIGQUEUE_MAX
#define SIGQUEUE_MAX 32
#endif
#ifndef TIMER_MAX
#define TIMER_MAX 32
#endif
#ifndef MQ_OPEN_MAX
#define MQ_OPEN_MAX 8
#endif
#ifndef DELAYTIMER_MAX
#define DELAYTIMER_MAX 32
#endif
#ifndef STREAM_MAX
#define STREAM_MAX 8
#endif
#ifndef TZNAME_MAX
#define TZNAME_MAX 3
#endif
#ifndef TTY_NAME_MAX
#define TTY_NAME_MAX 9
#endif
#ifndef AIO_LISTIO_MAX
#define AIO_LISTIO_MAX 2
#endif
#ifndef AIO_MAX
#define AIO_MAX 1
#endif
#ifndef AIO_PRIO_DELTA_MAX
#define AIO_PRIO_DELTA_MAX 0
#endif
#ifndef SSIZE_MAX
#define SSIZE_MAX (__SIZE_MAX__ >> 1)
#endif
#ifndef LOGIN_NAME_MAX
#define LOGIN_NAME_MAX 9
#endif
#ifndef _POSIX_LOGIN_NAME_MAX
#define _POSIX_LOGIN_NAME_MAX 9
#endif
#ifndef PAGE_SIZE
#define PAGE_SIZE 4096
#endif
#ifndef PAGESIZE
#define PAGESIZE PAGE_SIZE
#endif
#ifndef _POSIX_THREAD_KEYS_MAX
#define _POSIX_THREAD_KEYS_MAX 28
#endif
#ifndef _POSIX_PATH_MAX
#define _POSIX_PATH_MAX 255
#endif
#ifndef _POSIX_NAME_MAX
#define _POSIX_NAME_MAX 255
#endif
#ifndef _POSIX_MQ_PRIO_MAX
#define _POSIX_MQ_PRIO_MAX 32
#endif
#ifndef _POSIX_SEM_VALUE_MAX
#define _POSIX_SEM_VALUE_MAX 32767
#endif
#ifndef _POSIX_DELAYTIMER_MAX
#define _POSIX_DELAYTIMER_MAX 32
#endif

#endif
