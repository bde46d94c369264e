/* Attributes of mutexes, condition variables, barriers and read/write locks. */

#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "attributes.h"

RTEMS_STATIC_ASSERT(sizeof(pthread_mutexattr_t) == sizeof(struct rtems_shim_mutex_attributes), mutexattr);
RTEMS_STATIC_ASSERT(sizeof(pthread_condattr_t) == sizeof(struct rtems_shim_condition_attributes), condattr);
RTEMS_STATIC_ASSERT(sizeof(pthread_barrierattr_t) == sizeof(struct rtems_shim_shared_attributes), barrierattr);
RTEMS_STATIC_ASSERT(sizeof(pthread_rwlockattr_t) == sizeof(struct rtems_shim_shared_attributes), rwlockattr);

/* It stands for the highest priority. */
#define MUTEX_CEILING_DEFAULT INT_MAX

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
  REQUIRE(ceiling >= RTEMS_SHIM_LOWEST_PRIORITY && ceiling <= RTEMS_SHIM_HIGHEST_PRIORITY);
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
