/* newlib's limits.h, with the POSIX limits of this system. */

#ifndef RTEMS_SHIM_LIMITS_H
#define RTEMS_SHIM_LIMITS_H

#include_next <limits.h>

#ifndef PTHREAD_STACK_MIN
#define PTHREAD_STACK_MIN 0
#endif
#ifndef PTHREAD_KEYS_MAX
#define PTHREAD_KEYS_MAX 4
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
#undef PATH_MAX
#define PATH_MAX 255
#ifndef NAME_MAX
#define NAME_MAX 255
#endif
#ifndef LINK_MAX
#define LINK_MAX 8
#endif
#ifndef PIPE_BUF
#define PIPE_BUF 512
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
#define _POSIX_THREAD_KEYS_MAX 128
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
