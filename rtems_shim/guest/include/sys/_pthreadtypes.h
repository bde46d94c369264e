/* POSIX types as the kernel reads them; rtems_shim/abi.h has the same layouts as plain words. */

#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_

#include <sys/cpuset.h>
#include <sys/sched.h>

typedef __uint32_t pthread_t;

#define PTHREAD_SCOPE_PROCESS 0
#define PTHREAD_SCOPE_SYSTEM 1
#define PTHREAD_INHERIT_SCHED 1
#define PTHREAD_EXPLICIT_SCHED 2
#define PTHREAD_CREATE_DETACHED 0
#define PTHREAD_CREATE_JOINABLE 1
#define PTHREAD_PROCESS_PRIVATE 0
#define PTHREAD_PROCESS_SHARED 1
#define PTHREAD_PRIO_NONE 0
#define PTHREAD_PRIO_INHERIT 1
#define PTHREAD_PRIO_PROTECT 2
#define PTHREAD_MUTEX_NORMAL 0
#define PTHREAD_MUTEX_RECURSIVE 1
#define PTHREAD_MUTEX_ERRORCHECK 2
#define PTHREAD_MUTEX_DEFAULT 3

typedef struct pthread_attr_t {
  int is_initialized;
  void *stackaddr;
  size_t stacksize;
  size_t guardsize;
  int contentionscope;
  int inheritsched;
  int schedpolicy;
  int detachstate;
  struct sched_param schedparam;
  int cputime_clock_allowed;
  size_t affinitysetsize;
  cpu_set_t *affinityset;
  cpu_set_t affinitysetpreallocated;
} pthread_attr_t;

typedef struct {
  int is_initialized;
  int process_shared;
  int prio_ceiling;
  int protocol;
  int type;
  int recursive;
} pthread_mutexattr_t;

typedef struct {
  int is_initialized;
  __clockid_t clock;
  int process_shared;
} pthread_condattr_t;

typedef struct {
  int is_initialized;
  int process_shared;
} pthread_barrierattr_t;

typedef struct {
  int is_initialized;
  int process_shared;
} pthread_rwlockattr_t;

/*
 * Synchronisation objects are words in the application's memory. The kernel reads and writes them as the thread that
 * calls, so an object on another thread's stack is as protected as the rest of that stack. They are as large as RTEMS's.
 */
typedef struct {
  __uint32_t object;
  __uint32_t reserved[15];
} pthread_mutex_t;

typedef struct {
  __uint32_t object;
  __uint32_t reserved[6];
} pthread_cond_t;

typedef struct {
  __uint32_t object;
  __uint32_t reserved[7];
} pthread_rwlock_t;

typedef struct {
  __uint32_t object;
  __uint32_t count;
  __uint32_t reserved[6];
} pthread_barrier_t;

typedef struct {
  __uint32_t interrupt_state;
  __uint32_t reserved[2];
} pthread_spinlock_t;

typedef __uint32_t pthread_key_t;

typedef struct {
  unsigned char state;
} pthread_once_t;

#define _PTHREAD_MUTEX_INITIALIZER { 0, { 0 } }
#define _PTHREAD_COND_INITIALIZER { 0, { 0 } }
#define _PTHREAD_RWLOCK_INITIALIZER { 0, { 0 } }
#define _PTHREAD_ONCE_INIT { 0 }

#endif
