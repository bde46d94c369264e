/* pthread_attr_t: a plain structure that the kernel reads when a thread is created. */

#define _GNU_SOURCE

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>

#include "attributes.h"

RTEMS_STATIC_ASSERT(sizeof(pthread_attr_t) == sizeof(struct rtems_shim_thread_attributes), pthread_attr_t);
RTEMS_STATIC_ASSERT(
  offsetof(pthread_attr_t, schedparam) == offsetof(struct rtems_shim_thread_attributes, sched_priority),
  pthread_attr_t_schedparam
);
RTEMS_STATIC_ASSERT(sizeof(struct sched_param) == sizeof(struct rtems_shim_sched_param), sched_param);

#define DEFAULT_PRIORITY 2

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
  attributes->affinitysetsize = sizeof(attributes->affinitysetpreallocated);
  attributes->affinityset = &attributes->affinitysetpreallocated;
  CPU_SET(0, &attributes->affinitysetpreallocated);
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
  attributes->stacksize = size;
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
