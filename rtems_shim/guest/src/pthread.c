/*
 * The part of POSIX threads that needs no kernel: attribute objects, once, spin locks, cleanup handlers, and the end of
 * a thread, which runs code of the application.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>

#include <rtems.h>

#include "internal.h"

RTEMS_STATIC_ASSERT(sizeof(pthread_attr_t) == sizeof(struct rtems_shim_thread_attributes), pthread_attr_t);
RTEMS_STATIC_ASSERT(
  offsetof(pthread_attr_t, schedparam) == offsetof(struct rtems_shim_thread_attributes, sched_priority),
  pthread_attr_t_schedparam
);
RTEMS_STATIC_ASSERT(sizeof(struct sched_param) == sizeof(struct rtems_shim_sched_param), sched_param);
RTEMS_STATIC_ASSERT(sizeof(pthread_mutexattr_t) == sizeof(struct rtems_shim_mutex_attributes), pthread_mutexattr_t);
RTEMS_STATIC_ASSERT(sizeof(pthread_condattr_t) == sizeof(struct rtems_shim_condition_attributes), pthread_condattr_t);
RTEMS_STATIC_ASSERT(sizeof(pthread_barrierattr_t) == sizeof(struct rtems_shim_shared_attributes), pthread_barrierattr_t);

#define HIGHEST_PRIORITY 254
#define LOWEST_PRIORITY 1
#define DEFAULT_PRIORITY 1
#define MUTEX_CEILING_DEFAULT 254

/* Every attribute function refuses an attribute object that is not there or not initialised. */
#define REQUIRE(condition) \
  do { \
    if (!(condition)) { \
      return EINVAL; \
    } \
  } while (0)
#define REQUIRE_OBJECT(attributes) REQUIRE((attributes) != NULL && (attributes)->is_initialized)

/* Threads */

int pthread_attr_init(pthread_attr_t *attributes)
{
  REQUIRE(attributes != NULL);
  memset(attributes, 0, sizeof(*attributes));
  attributes->is_initialized = 1;
  attributes->contentionscope = PTHREAD_SCOPE_PROCESS;
  attributes->inheritsched = PTHREAD_INHERIT_SCHED;
  attributes->schedpolicy = SCHED_FIFO;
  attributes->schedparam.sched_priority = DEFAULT_PRIORITY;
  attributes->detachstate = PTHREAD_CREATE_JOINABLE;
  return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
  REQUIRE_OBJECT(attributes);
  attributes->is_initialized = 0;
  return 0;
}

int pthread_attr_setstack(pthread_attr_t *attributes, void *address, size_t size)
{
  REQUIRE_OBJECT(attributes);
  attributes->stackaddr = address;
  attributes->stacksize = size;
  return 0;
}

int pthread_attr_getstack(const pthread_attr_t *attributes, void **address, size_t *size)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(address != NULL && size != NULL);
  *address = attributes->stackaddr;
  *size = attributes->stacksize;
  return 0;
}

int pthread_attr_setstackaddr(pthread_attr_t *attributes, void *address)
{
  REQUIRE_OBJECT(attributes);
  attributes->stackaddr = address;
  return 0;
}

int pthread_attr_getstackaddr(const pthread_attr_t *attributes, void **address)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(address != NULL);
  *address = attributes->stackaddr;
  return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
  REQUIRE_OBJECT(attributes);
  attributes->stacksize = size < PTHREAD_STACK_MIN ? PTHREAD_STACK_MIN : size;
  return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *attributes, size_t *size)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(size != NULL);
  *size = attributes->stacksize;
  return 0;
}

int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t size)
{
  REQUIRE_OBJECT(attributes);
  attributes->guardsize = size;
  return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *attributes, size_t *size)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(size != NULL);
  *size = attributes->guardsize;
  return 0;
}

int pthread_attr_setscope(pthread_attr_t *attributes, int scope)
{
  REQUIRE_OBJECT(attributes);
  if (scope == PTHREAD_SCOPE_SYSTEM) {
    return ENOTSUP;
  }
  REQUIRE(scope == PTHREAD_SCOPE_PROCESS);
  attributes->contentionscope = scope;
  return 0;
}

int pthread_attr_getscope(const pthread_attr_t *attributes, int *scope)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(scope != NULL);
  *scope = attributes->contentionscope;
  return 0;
}

int pthread_attr_setinheritsched(pthread_attr_t *attributes, int inherit)
{
  REQUIRE_OBJECT(attributes);
  if (inherit != PTHREAD_INHERIT_SCHED && inherit != PTHREAD_EXPLICIT_SCHED) {
    return ENOTSUP;
  }
  attributes->inheritsched = inherit;
  return 0;
}

int pthread_attr_getinheritsched(const pthread_attr_t *attributes, int *inherit)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(inherit != NULL);
  *inherit = attributes->inheritsched;
  return 0;
}

int pthread_attr_setschedpolicy(pthread_attr_t *attributes, int policy)
{
  REQUIRE_OBJECT(attributes);
  if (policy != SCHED_OTHER && policy != SCHED_FIFO && policy != SCHED_RR && policy != SCHED_SPORADIC) {
    return ENOTSUP;
  }
  attributes->schedpolicy = policy;
  return 0;
}

int pthread_attr_getschedpolicy(const pthread_attr_t *attributes, int *policy)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(policy != NULL);
  *policy = attributes->schedpolicy;
  return 0;
}

int pthread_attr_setschedparam(pthread_attr_t *attributes, const struct sched_param *parameters)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(parameters != NULL);
  attributes->schedparam = *parameters;
  return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *attributes, struct sched_param *parameters)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(parameters != NULL);
  *parameters = attributes->schedparam;
  return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(state == PTHREAD_CREATE_DETACHED || state == PTHREAD_CREATE_JOINABLE);
  attributes->detachstate = state;
  return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(state != NULL);
  *state = attributes->detachstate;
  return 0;
}

int pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*entry)(void *), void *argument)
{
  return rtems_shim_pthread_create(id, (void *) attributes, (void *) entry, argument);
}

int pthread_equal(pthread_t left, pthread_t right)
{
  return left == right;
}

void pthread_yield(void)
{
  (void) sched_yield();
}

int pthread_getconcurrency(void)
{
  return 1;
}

int pthread_setconcurrency(int level)
{
  return level < 0 ? EINVAL : 0;
}

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
  (void) prepare;
  (void) parent;
  (void) child;
  return 0;
}

int pthread_attr_setaffinity_np(pthread_attr_t *attributes, size_t size, const cpu_set_t *set)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(set != NULL && size >= sizeof(*set) && CPU_ISSET(0, set));
  return 0;
}

int pthread_attr_getaffinity_np(const pthread_attr_t *attributes, size_t size, cpu_set_t *set)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(set != NULL && size >= sizeof(*set));
  CPU_ZERO(set);
  CPU_SET(0, set);
  return 0;
}

int pthread_setaffinity_np(pthread_t id, size_t size, const cpu_set_t *set)
{
  (void) id;
  REQUIRE(set != NULL && size >= sizeof(*set) && CPU_ISSET(0, set));
  return 0;
}

int pthread_getaffinity_np(pthread_t id, size_t size, cpu_set_t *set)
{
  (void) id;
  REQUIRE(set != NULL && size >= sizeof(*set));
  CPU_ZERO(set);
  CPU_SET(0, set);
  return 0;
}

/* Scheduling */

int sched_get_priority_max(int policy)
{
  (void) policy;
  return HIGHEST_PRIORITY;
}

int sched_get_priority_min(int policy)
{
  (void) policy;
  return LOWEST_PRIORITY;
}

int sched_rr_get_interval(pid_t process, struct timespec *interval)
{
  (void) process;
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

void rtems_shim_run_cleanup(void)
{
  struct rtems_shim_thread_locals *locals = rtems_shim_thread_locals();
  struct rtems_shim_destructor_call call;

  while (locals->cleanup != NULL) {
    _pthread_cleanup_pop(locals->cleanup, 1);
  }
  while (rtems_shim_key_destructor_next(&call)) {
    ((void (*)(void *)) call.routine)((void *) call.value);
  }
}

void pthread_exit(void *value)
{
  rtems_shim_run_cleanup();
  rtems_shim_streams_end();
  rtems_shim_thread_exit(value);
}

void rtems_shim_cancel_entry(void);

void rtems_shim_cancel_entry(void)
{
  pthread_exit(PTHREAD_CANCELED);
}

/* Mutexes */

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
  REQUIRE(attributes != NULL);
  attributes->is_initialized = 1;
  attributes->process_shared = PTHREAD_PROCESS_PRIVATE;
  attributes->prio_ceiling = MUTEX_CEILING_DEFAULT;
  attributes->protocol = PTHREAD_PRIO_NONE;
  attributes->type = PTHREAD_MUTEX_DEFAULT;
  return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
  REQUIRE_OBJECT(attributes);
  attributes->is_initialized = 0;
  return 0;
}

int pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int shared)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(shared == PTHREAD_PROCESS_PRIVATE || shared == PTHREAD_PROCESS_SHARED);
  attributes->process_shared = shared;
  return 0;
}

int pthread_mutexattr_getpshared(const pthread_mutexattr_t *attributes, int *shared)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(shared != NULL);
  *shared = attributes->process_shared;
  return 0;
}

int pthread_mutexattr_setprioceiling(pthread_mutexattr_t *attributes, int ceiling)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(ceiling >= LOWEST_PRIORITY && ceiling <= HIGHEST_PRIORITY);
  attributes->prio_ceiling = ceiling;
  return 0;
}

int pthread_mutexattr_getprioceiling(const pthread_mutexattr_t *attributes, int *ceiling)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(ceiling != NULL);
  *ceiling = attributes->prio_ceiling;
  return 0;
}

int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attributes, int protocol)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(protocol >= PTHREAD_PRIO_NONE && protocol <= PTHREAD_PRIO_PROTECT);
  attributes->protocol = protocol;
  return 0;
}

int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *attributes, int *protocol)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(protocol != NULL);
  *protocol = attributes->protocol;
  return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(type >= PTHREAD_MUTEX_NORMAL && type <= PTHREAD_MUTEX_DEFAULT);
  attributes->type = type;
  return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *attributes, int *type)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(type != NULL);
  *type = attributes->type;
  return 0;
}

/* Condition variables */

int pthread_condattr_init(pthread_condattr_t *attributes)
{
  REQUIRE(attributes != NULL);
  attributes->is_initialized = 1;
  attributes->clock = CLOCK_REALTIME;
  attributes->process_shared = PTHREAD_PROCESS_PRIVATE;
  return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attributes)
{
  REQUIRE_OBJECT(attributes);
  attributes->is_initialized = 0;
  return 0;
}

int pthread_condattr_setpshared(pthread_condattr_t *attributes, int shared)
{
  REQUIRE(attributes != NULL);
  REQUIRE(shared == PTHREAD_PROCESS_PRIVATE || shared == PTHREAD_PROCESS_SHARED);
  attributes->process_shared = shared;
  return 0;
}

int pthread_condattr_getpshared(const pthread_condattr_t *attributes, int *shared)
{
  REQUIRE(attributes != NULL && shared != NULL);
  *shared = attributes->process_shared;
  return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC);
  attributes->clock = clock;
  return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *__restrict attributes, clockid_t *__restrict clock)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(clock != NULL);
  *clock = attributes->clock;
  return 0;
}

/* Barriers and read/write locks */

int pthread_barrierattr_init(pthread_barrierattr_t *attributes)
{
  REQUIRE(attributes != NULL);
  attributes->is_initialized = 1;
  attributes->process_shared = PTHREAD_PROCESS_PRIVATE;
  return 0;
}

int pthread_barrierattr_destroy(pthread_barrierattr_t *attributes)
{
  REQUIRE_OBJECT(attributes);
  attributes->is_initialized = 0;
  return 0;
}

int pthread_barrierattr_setpshared(pthread_barrierattr_t *attributes, int shared)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(shared == PTHREAD_PROCESS_PRIVATE || shared == PTHREAD_PROCESS_SHARED);
  attributes->process_shared = shared;
  return 0;
}

int pthread_barrierattr_getpshared(const pthread_barrierattr_t *attributes, int *shared)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(shared != NULL);
  *shared = attributes->process_shared;
  return 0;
}

int pthread_rwlockattr_init(pthread_rwlockattr_t *attributes)
{
  REQUIRE(attributes != NULL);
  attributes->is_initialized = 1;
  attributes->process_shared = PTHREAD_PROCESS_PRIVATE;
  return 0;
}

int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attributes)
{
  REQUIRE_OBJECT(attributes);
  attributes->is_initialized = 0;
  return 0;
}

int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attributes, int shared)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(shared == PTHREAD_PROCESS_PRIVATE || shared == PTHREAD_PROCESS_SHARED);
  attributes->process_shared = shared;
  return 0;
}

int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *attributes, int *shared)
{
  REQUIRE_OBJECT(attributes);
  REQUIRE(shared != NULL);
  *shared = attributes->process_shared;
  return 0;
}
