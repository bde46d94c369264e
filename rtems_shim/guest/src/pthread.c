/*
 * The part of POSIX threads that needs no kernel, or more than a trap: cleanup handlers, and the end of a thread, which
 * runs code of the application.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

#include <rtems.h>

#include "internal.h"

int pthread_equal(pthread_t left, pthread_t right)
{
  return left == right;
}

void pthread_yield(void)
{
  (void) sched_yield();
}

static int concurrency;

int pthread_getconcurrency(void)
{
  return concurrency;
}

int pthread_setconcurrency(int level)
{
  concurrency = level;
  return 0;
}

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
  (void) prepare;
  (void) parent;
  (void) child;
  return 0;
}

static int error_of(rtems_status_code status)
{
  switch (status) {
    case RTEMS_SUCCESSFUL:
      return 0;
    case RTEMS_INVALID_ADDRESS:
      return EFAULT;
    case RTEMS_INVALID_ID:
      return ESRCH;
    default:
      return EINVAL;
  }
}

int pthread_setaffinity_np(pthread_t id, size_t size, const cpu_set_t *set)
{
  return error_of(rtems_task_set_affinity(id, size, set));
}

int pthread_getaffinity_np(pthread_t id, size_t size, cpu_set_t *set)
{
  return error_of(rtems_task_get_affinity(id, size, set));
}

/* Scheduling */

static int priority_of_policy(int policy, int priority)
{
  if (policy == SCHED_OTHER || policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_SPORADIC) {
    return priority;
  }
  errno = EINVAL;
  return -1;
}

int sched_get_priority_max(int policy)
{
  return priority_of_policy(policy, RTEMS_SHIM_HIGHEST_PRIORITY);
}

int sched_get_priority_min(int policy)
{
  return priority_of_policy(policy, RTEMS_SHIM_LOWEST_PRIORITY);
}

int sched_rr_get_interval(pid_t process, struct timespec *interval)
{
  if (process != 0 && process != getpid()) {
    errno = ESRCH;
    return -1;
  }
  return rtems_shim_sched_rr_get_interval(interval);
}

/* The end of a thread */

void _pthread_cleanup_push(struct _pthread_cleanup_context *context, void (*routine)(void *), void *argument)
{
  struct rtems_shim_thread_locals *locals = rtems_shim_thread_locals();

  context->_routine = routine;
  context->_arg = argument;
  context->_previous = locals->cleanup;
  locals->cleanup = context;
}

void _pthread_cleanup_pop(struct _pthread_cleanup_context *context, int execute)
{
  rtems_shim_thread_locals()->cleanup = context->_previous;
  if (execute) {
    context->_routine(context->_arg);
  }
}

void _pthread_cleanup_push_defer(struct _pthread_cleanup_context *context, void (*routine)(void *), void *argument)
{
  _pthread_cleanup_push(context, routine, argument);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &context->_canceltype);
}

void _pthread_cleanup_pop_restore(struct _pthread_cleanup_context *context, int execute)
{
  _pthread_cleanup_pop(context, execute);
  pthread_setcanceltype(context->_canceltype, NULL);
}

static void run_cleanup_handlers(void)
{
  struct rtems_shim_thread_locals *locals = rtems_shim_thread_locals();

  while (locals->cleanup != NULL) {
    _pthread_cleanup_pop(locals->cleanup, 1);
  }
}

/* Set once there is a thread-local object with a destructor (cplusplus.c). */
void (*rtems_shim_destroy_thread_locals)(void);

static void run_key_destructors(void)
{
  struct rtems_shim_destructor_call call;

  if (rtems_shim_destroy_thread_locals != NULL) {
    rtems_shim_destroy_thread_locals();
  }
  while (rtems_shim_key_destructor_next(&call)) {
    ((void (*)(void *)) call.routine)((void *) call.value);
  }
}

void rtems_shim_run_cleanup(void)
{
  run_cleanup_handlers();
  run_key_destructors();
}

void pthread_exit(void *value)
{
  rtems_shim_run_cleanup();
  rtems_shim_thread_terminates();
  rtems_shim_streams_end();
  rtems_shim_thread_exit(value);
}

void rtems_shim_cancel_entry(unsigned);

/* Where a thread goes on, on the stack it has, that is cancelled or restarted. */
void rtems_shim_cancel_entry(unsigned restarts)
{
  if (restarts) {
    run_key_destructors(); /* RTEMS's order, which is the other one at a thread's end */
    run_cleanup_handlers();
    rtems_shim_thread_restarts();
    rtems_shim_thread_restart();
  }
  pthread_exit(PTHREAD_CANCELED);
}
