/*
 * What the C++ ABI asks of a system with threads: the guards of local statics, and the exceptions in flight of each
 * thread. The C++ library that newlib's distributors build has one thread in mind, and these in an archive: it links
 * ours in their place. [Itanium C++ ABI 2.2, 3.3.3; ARM IHI 0041: a guard is a word, bit 0 says initialised]
 */

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "internal.h"

#define GUARD_DONE 1U
#define GUARD_RUNNING 0x100U

/* In front of every static destructor stands the object it belongs to; there are no shared objects. */
void *__dso_handle;

void *__cxa_get_globals(void);
void *__cxa_get_globals_fast(void);
int __cxa_guard_acquire(volatile uint32_t *guard);
void __cxa_guard_release(volatile uint32_t *guard);
void __cxa_guard_abort(volatile uint32_t *guard);
int __cxa_thread_atexit(void (*routine)(void *), void *object, void *library);

static pthread_mutex_t guard_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t guard_changed = PTHREAD_COND_INITIALIZER;

/* Return 1 where the caller must initialise, 0 where it is done; wait while another thread does it. */
int __cxa_guard_acquire(volatile uint32_t *guard)
{
  int must_initialise;

  if ((*guard & GUARD_DONE) != 0) {
    return 0;
  }
  if (!rtems_shim_in_thread()) {
    return 1;
  }
  pthread_mutex_lock(&guard_mutex);
  while (*guard == GUARD_RUNNING) {
    pthread_cond_wait(&guard_changed, &guard_mutex);
  }
  must_initialise = (*guard & GUARD_DONE) == 0;
  if (must_initialise) {
    *guard = GUARD_RUNNING;
  }
  pthread_mutex_unlock(&guard_mutex);
  return must_initialise;
}

static void end_guard(volatile uint32_t *guard, uint32_t value)
{
  if (!rtems_shim_in_thread()) {
    *guard = value;
    return;
  }
  pthread_mutex_lock(&guard_mutex);
  *guard = value;
  pthread_cond_broadcast(&guard_changed);
  pthread_mutex_unlock(&guard_mutex);
}

void __cxa_guard_release(volatile uint32_t *guard)
{
  end_guard(guard, GUARD_DONE);
}

/* An exception left the initialiser: the next caller tries again. */
void __cxa_guard_abort(volatile uint32_t *guard)
{
  end_guard(guard, 0);
}

void *__cxa_get_globals(void)
{
  return rtems_shim_thread_locals()->exceptions;
}

void *__cxa_get_globals_fast(void)
{
  return rtems_shim_thread_locals()->exceptions;
}

/* Destructors of thread-local objects: the last one made is the first to go, at the thread's end or at exit(). */

struct rtems_shim_thread_destructor {
  struct rtems_shim_thread_destructor *next;
  void (*routine)(void *);
  void *object;
};

static void destroy_thread_locals(void)
{
  struct rtems_shim_thread_locals *locals = rtems_shim_thread_locals();
  struct rtems_shim_thread_destructor *first;

  while ((first = locals->destructors) != NULL) {
    locals->destructors = first->next;
    first->routine(first->object);
    free(first);
  }
}

int __cxa_thread_atexit(void (*routine)(void *), void *object, void *library)
{
  struct rtems_shim_thread_locals *locals = rtems_shim_thread_locals();
  struct rtems_shim_thread_destructor *made = malloc(sizeof(*made));

  (void) library;
  if (made == NULL) {
    return -1;
  }
  if (rtems_shim_destroy_thread_locals == NULL) {
    rtems_shim_destroy_thread_locals = destroy_thread_locals;
    (void) atexit(destroy_thread_locals);
  }
  made->next = locals->destructors;
  made->routine = routine;
  made->object = object;
  locals->destructors = made;
  return 0;
}
