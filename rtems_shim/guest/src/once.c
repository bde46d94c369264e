/* pthread_once() and spin locks: small protocols on top of the kernel's mutexes and condition variables. */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <rtems.h>

#include "internal.h"

/* The lock is not held while a routine runs: it may wait for a thread that uses another control. */
static pthread_mutex_t once_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t once_done = PTHREAD_COND_INITIALIZER;

enum { ONCE_NOT_RUN, ONCE_DONE, ONCE_RUNNING };

/* The caller holds the lock. */
static void run_once(pthread_once_t *once, void (*routine)(void))
{
  once->state = ONCE_RUNNING;
  pthread_mutex_unlock(&once_mutex);
  routine();
  pthread_mutex_lock(&once_mutex);
  once->state = ONCE_DONE;
  pthread_cond_broadcast(&once_done);
}

int pthread_once(pthread_once_t *once, void (*routine)(void))
{
  int cancel_state = PTHREAD_CANCEL_ENABLE;

  if (once == NULL || routine == NULL || once->state > ONCE_RUNNING) {
    return EINVAL;
  }
  if (*(volatile unsigned char *) &once->state == ONCE_DONE) {
    return 0;
  }
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state); /* a routine that began is finished */
  pthread_mutex_lock(&once_mutex);
  if (once->state == ONCE_NOT_RUN) {
    run_once(once, routine);
  }
  while (once->state != ONCE_DONE) {
    pthread_cond_wait(&once_done, &once_mutex);
  }
  pthread_mutex_unlock(&once_mutex);
  pthread_setcancelstate(cancel_state, NULL);
  return 0;
}

/*
 * One processor: a lock that is held is held by a preempted thread, so a waiter yields. As on RTEMS, taking one's own
 * lock again is a deadlock.
 */
int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
  if (lock == NULL) {
    return EINVAL;
  }
  (void) shared;
  lock->owner = 0;
  return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
  if (lock == NULL) {
    return EINVAL;
  }
  return lock->owner != 0 ? EBUSY : 0;
}

static bool try_spin_lock(pthread_spinlock_t *lock)
{
  uint32_t free = 0;

  return __atomic_compare_exchange_n(
    &lock->owner,
    &free,
    (uint32_t) pthread_self(),
    false,
    __ATOMIC_ACQUIRE,
    __ATOMIC_RELAXED
  );
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
  if (lock == NULL) {
    return EINVAL;
  }
  if (lock->owner == (uint32_t) pthread_self()) {
    return EDEADLK;
  }
  while (!try_spin_lock(lock)) {
    struct timespec pause = { 0, 1 };
    nanosleep(&pause, NULL);
  }
  return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
  if (lock == NULL) {
    return EINVAL;
  }
  return try_spin_lock(lock) ? 0 : EBUSY;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
  if (lock == NULL) {
    return EINVAL;
  }
  if (lock->owner != (uint32_t) pthread_self()) {
    return EPERM;
  }
  __atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
  return 0;
}
