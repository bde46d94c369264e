/* The types of <threads.h>, whose objects are those of POSIX threads. */

#ifndef _MACHINE__THREADS_H_
#define _MACHINE__THREADS_H_

#include <pthread.h>

/* As large as RTEMS's: the kernel looks at the first word. */
typedef struct {
  __uint32_t object;
  __uint32_t reserved[4];
} cnd_t;

typedef struct {
  __uint32_t object;
  __uint32_t reserved[5];
} mtx_t;

typedef pthread_t thrd_t;
typedef pthread_key_t tss_t;
typedef pthread_once_t once_flag;

#define ONCE_FLAG_INIT PTHREAD_ONCE_INIT
#define TSS_DTOR_ITERATIONS 4

#endif
