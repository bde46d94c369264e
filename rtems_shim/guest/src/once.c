/* pthread_once(), on top of the kernel's mutexes and condition variables, and spin locks. */

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

/* As on RTEMS with one processor: nobody else runs while a lock is held, for interrupts are masked. */

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
  if (lock == NULL) {
    return EINVAL;
  }
  (void) shared;
  lock->interrupt_state = 0;
  return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
  return lock == NULL ? EINVAL : 0;
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
  rtems_interrupt_level level;

  if (lock == NULL) {
    return EINVAL;
  }
  rtems_interrupt_disable(level);
  lock->interrupt_state = level;
  return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
  return pthread_spin_lock(lock);
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
  rtems_interrupt_level level;

  if (lock == NULL) {
    return EINVAL;
  }
  level = lock->interrupt_state;
  rtems_interrupt_enable(level);
  return 0;
}
