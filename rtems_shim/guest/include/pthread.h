/* newlib's pthread.h, and what newer ones of its RTEMS part add. */

#ifndef RTEMS_SHIM_PTHREAD_H
#define RTEMS_SHIM_PTHREAD_H

#include <sys/cpuset.h>
#include_next <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef PTHREAD_CANCELED
#define PTHREAD_CANCELED ((void *) -1)
#endif
#ifndef PTHREAD_BARRIER_SERIAL_THREAD
#define PTHREAD_BARRIER_SERIAL_THREAD -1
#endif
#ifndef PTHREAD_NULL
#define PTHREAD_NULL ((pthread_t) 0)
#endif
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP { 0xFFFFFFFEU, { 0 } }

int pthread_getattr_np(pthread_t, pthread_attr_t *);
int pthread_setname_np(pthread_t, const char *);
int pthread_getname_np(pthread_t, char *, size_t);
int pthread_attr_setguardsize(pthread_attr_t *, size_t);
int pthread_attr_getguardsize(const pthread_attr_t *, size_t *);
int pthread_mutexattr_settype(pthread_mutexattr_t *, int);
int pthread_mutexattr_gettype(const pthread_mutexattr_t *, int *);

#ifdef __cplusplus
}
#endif

#endif
