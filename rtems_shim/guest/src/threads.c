/* The threads of C, which are those of POSIX. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

static int answer(int error)
{
  switch (error) {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    case ENOMEM:
    case EAGAIN:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

void call_once(once_flag *flag, void (*routine)(void))
{
  (void) pthread_once(flag, routine);
}

/* Condition variables */

int cnd_init(cnd_t *condition)
{
  return answer(pthread_cond_init((pthread_cond_t *) condition, NULL));
}

void cnd_destroy(cnd_t *condition)
{
  (void) pthread_cond_destroy((pthread_cond_t *) condition);
}

int cnd_signal(cnd_t *condition)
{
  return answer(pthread_cond_signal((pthread_cond_t *) condition));
}

int cnd_broadcast(cnd_t *condition)
{
  return answer(pthread_cond_broadcast((pthread_cond_t *) condition));
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
  return answer(pthread_cond_wait((pthread_cond_t *) condition, (pthread_mutex_t *) mutex));
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict deadline)
{
  return answer(pthread_cond_timedwait((pthread_cond_t *) condition, (pthread_mutex_t *) mutex, deadline));
}

/* Mutexes. RTEMS's lend their owner the priority of who waits, and every one is recursive, of whatever type. */

int mtx_init(mtx_t *mutex, int type)
{
  pthread_mutexattr_t attributes;

  (void) type;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  return answer(pthread_mutex_init((pthread_mutex_t *) mutex, &attributes));
}

void mtx_destroy(mtx_t *mutex)
{
  (void) pthread_mutex_destroy((pthread_mutex_t *) mutex);
}

int mtx_lock(mtx_t *mutex)
{
  return answer(pthread_mutex_lock((pthread_mutex_t *) mutex));
}

int mtx_trylock(mtx_t *mutex)
{
  return answer(pthread_mutex_trylock((pthread_mutex_t *) mutex));
}

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict deadline)
{
  return answer(pthread_mutex_timedlock((pthread_mutex_t *) mutex, deadline));
}

int mtx_unlock(mtx_t *mutex)
{
  return answer(pthread_mutex_unlock((pthread_mutex_t *) mutex));
}

/*
 * Threads: their routine returns an int, POSIX's a pointer. As on RTEMS what a thread shall run is in the heap until it
 * begins, and without room there none is made.
 */
struct start {
  thrd_start_t routine;
  void *argument;
};

static void *run(void *block)
{
  const struct start start = *(struct start *) block;

  free(block);
  return (void *) (intptr_t) start.routine(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
  struct start *start = malloc(sizeof(*start));

  if (start == NULL) {
    return thrd_nomem;
  }
  *start = (struct start){.routine = routine, .argument = argument};
  if (pthread_create(thread, NULL, run, start) != 0) {
    free(start);
    return thrd_error;
  }
  return thrd_success;
}

thrd_t thrd_current(void)
{
  return pthread_self();
}

int thrd_detach(thrd_t thread)
{
  return answer(pthread_detach(thread));
}

int thrd_equal(thrd_t left, thrd_t right)
{
  return pthread_equal(left, right);
}

void thrd_exit(int result)
{
  pthread_exit((void *) (intptr_t) result);
}

int thrd_join(thrd_t thread, int *result)
{
  void *value = NULL;
  int error = pthread_join(thread, &value);

  if (error == 0 && result != NULL) {
    *result = (int) (intptr_t) value;
  }
  return answer(error);
}

int thrd_sleep(const struct timespec *duration, struct timespec *remaining)
{
  return nanosleep(duration, remaining);
}

void thrd_yield(void)
{
  (void) sched_yield();
}

/* Thread-specific storage */

int tss_create(tss_t *key, tss_dtor_t destructor)
{
  return answer(pthread_key_create(key, destructor));
}

void tss_delete(tss_t key)
{
  (void) pthread_key_delete(key);
}

void *tss_get(tss_t key)
{
  return pthread_getspecific(key);
}

int tss_set(tss_t key, void *value)
{
  return answer(pthread_setspecific(key, value));
}
