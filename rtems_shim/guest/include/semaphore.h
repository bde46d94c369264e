/* POSIX semaphores. */

#ifndef _SEMAPHORE_H
#define _SEMAPHORE_H

#include <sys/types.h>
#include <sys/fcntl.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  __uint32_t object;
  __uint32_t count;
  __uint32_t reserved[5];
} sem_t;

#define SEM_FAILED ((sem_t *) 0)
#ifndef SEM_VALUE_MAX
#define SEM_VALUE_MAX 0x7FFFFFFF
#endif

int sem_init(sem_t *, int, unsigned);
int sem_destroy(sem_t *);
sem_t *sem_open(const char *, int, ...);
int sem_close(sem_t *);
int sem_unlink(const char *);
int sem_wait(sem_t *);
int sem_trywait(sem_t *);
int sem_timedwait(sem_t *__restrict, const struct timespec *__restrict);
int sem_clockwait(sem_t *__restrict, clockid_t, const struct timespec *__restrict);
int sem_post(sem_t *);
int sem_getvalue(sem_t *__restrict, int *__restrict);

#ifdef __cplusplus
}
#endif

#endif
