/* flockfile() and its kin: RTEMS's streams have recursive locks, and cannot be tried. Here one lock is all streams'. */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void flockfile(FILE *stream)
{
  (void) stream;
  pthread_mutex_lock(&lock);
}

void funlockfile(FILE *stream)
{
  (void) stream;
  pthread_mutex_unlock(&lock);
}

int ftrylockfile(FILE *stream)
{
  (void) stream;
  errno = ENOTSUP;
  return -1;
}
