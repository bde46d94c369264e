/*
 * Self-contained objects: mutexes, condition variables and semaphores that need no identifier, no initialisation call
 * and no configuration. They are POSIX's objects with a name; mutexes lend their owner the priority of who waits.
 */

#ifndef _RTEMS_THREAD_H
#define _RTEMS_THREAD_H

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_SHIM_MUTEX_INHERIT 0xFFFFFFFDU
#define RTEMS_SHIM_MUTEX_INHERIT_RECURSIVE 0xFFFFFFFCU
#define RTEMS_SHIM_SEMAPHORE 0xFFFFFFFBU

/* The part of an object of POSIX's that the kernel looks at; all is as large as on RTEMS. */
struct rtems_shim_lock {
  uint32_t object;
  uint32_t reserved[3];
};

struct rtems_shim_count {
  uint32_t object;
  uint32_t count;
  uint32_t reserved[3];
};

typedef struct {
  struct rtems_shim_lock mutex;
  const char *name;
} rtems_mutex;

#define RTEMS_MUTEX_INITIALIZER(name) { { RTEMS_SHIM_MUTEX_INHERIT, { 0 } }, (name) }

static inline void rtems_mutex_init(rtems_mutex *mutex, const char *name)
{
  mutex->mutex.object = RTEMS_SHIM_MUTEX_INHERIT;
  mutex->name = name;
}

static inline const char *rtems_mutex_get_name(const rtems_mutex *mutex)
{
  return mutex->name;
}

static inline void rtems_mutex_set_name(rtems_mutex *mutex, const char *name)
{
  mutex->name = name;
}

static inline void rtems_mutex_lock(rtems_mutex *mutex)
{
  (void) pthread_mutex_lock((pthread_mutex_t *) &mutex->mutex);
}

static inline int rtems_mutex_try_lock(rtems_mutex *mutex)
{
  return pthread_mutex_trylock((pthread_mutex_t *) &mutex->mutex);
}

static inline void rtems_mutex_unlock(rtems_mutex *mutex)
{
  (void) pthread_mutex_unlock((pthread_mutex_t *) &mutex->mutex);
}

static inline void rtems_mutex_destroy(rtems_mutex *mutex)
{
  (void) pthread_mutex_destroy((pthread_mutex_t *) &mutex->mutex);
}

typedef struct {
  struct rtems_shim_lock mutex;
  const char *name;
  uint32_t reserved;
} rtems_recursive_mutex;

#define RTEMS_RECURSIVE_MUTEX_INITIALIZER(name) { { RTEMS_SHIM_MUTEX_INHERIT_RECURSIVE, { 0 } }, (name), 0 }

static inline void rtems_recursive_mutex_init(rtems_recursive_mutex *mutex, const char *name)
{
  mutex->mutex.object = RTEMS_SHIM_MUTEX_INHERIT_RECURSIVE;
  mutex->name = name;
}

static inline const char *rtems_recursive_mutex_get_name(const rtems_recursive_mutex *mutex)
{
  return mutex->name;
}

static inline void rtems_recursive_mutex_set_name(rtems_recursive_mutex *mutex, const char *name)
{
  mutex->name = name;
}

static inline void rtems_recursive_mutex_lock(rtems_recursive_mutex *mutex)
{
  (void) pthread_mutex_lock((pthread_mutex_t *) &mutex->mutex);
}

static inline int rtems_recursive_mutex_try_lock(rtems_recursive_mutex *mutex)
{
  return pthread_mutex_trylock((pthread_mutex_t *) &mutex->mutex);
}

static inline void rtems_recursive_mutex_unlock(rtems_recursive_mutex *mutex)
{
  (void) pthread_mutex_unlock((pthread_mutex_t *) &mutex->mutex);
}

static inline void rtems_recursive_mutex_destroy(rtems_recursive_mutex *mutex)
{
  (void) pthread_mutex_destroy((pthread_mutex_t *) &mutex->mutex);
}

typedef struct {
  struct rtems_shim_lock condition;
  const char *name;
} rtems_condition_variable;

#define RTEMS_CONDITION_VARIABLE_INITIALIZER(name) { { 0, { 0 } }, (name) }

static inline void rtems_condition_variable_init(rtems_condition_variable *condition, const char *name)
{
  (void) pthread_cond_init((pthread_cond_t *) &condition->condition, NULL);
  condition->name = name;
}

static inline const char *rtems_condition_variable_get_name(const rtems_condition_variable *condition)
{
  return condition->name;
}

static inline void rtems_condition_variable_set_name(rtems_condition_variable *condition, const char *name)
{
  condition->name = name;
}

static inline void rtems_condition_variable_wait(rtems_condition_variable *condition, rtems_mutex *mutex)
{
  (void) pthread_cond_wait((pthread_cond_t *) &condition->condition, (pthread_mutex_t *) &mutex->mutex);
}

static inline void rtems_condition_variable_signal(rtems_condition_variable *condition)
{
  (void) pthread_cond_signal((pthread_cond_t *) &condition->condition);
}

static inline void rtems_condition_variable_broadcast(rtems_condition_variable *condition)
{
  (void) pthread_cond_broadcast((pthread_cond_t *) &condition->condition);
}

static inline void rtems_condition_variable_destroy(rtems_condition_variable *condition)
{
  (void) pthread_cond_destroy((pthread_cond_t *) &condition->condition);
}

int rtems_shim_semaphore_wait_ticks(sem_t *, uint32_t);
int rtems_shim_semaphore_try(sem_t *);
void rtems_shim_semaphore_post_binary(sem_t *);

#define RTEMS_SHIM_SEMAPHORE_CALLS(kind) \
  static inline const char *rtems_##kind##_semaphore_get_name(const rtems_##kind##_semaphore *semaphore) \
  { \
    return semaphore->name; \
  } \
  static inline void rtems_##kind##_semaphore_set_name(rtems_##kind##_semaphore *semaphore, const char *name) \
  { \
    semaphore->name = name; \
  } \
  static inline void rtems_##kind##_semaphore_wait(rtems_##kind##_semaphore *semaphore) \
  { \
    (void) sem_wait((sem_t *) &semaphore->semaphore); \
  } \
  static inline int rtems_##kind##_semaphore_wait_timed_ticks(rtems_##kind##_semaphore *semaphore, uint32_t ticks) \
  { \
    return rtems_shim_semaphore_wait_ticks((sem_t *) &semaphore->semaphore, ticks); \
  } \
  static inline int rtems_##kind##_semaphore_try_wait(rtems_##kind##_semaphore *semaphore) \
  { \
    return rtems_shim_semaphore_try((sem_t *) &semaphore->semaphore); \
  } \
  static inline void rtems_##kind##_semaphore_destroy(rtems_##kind##_semaphore *semaphore) \
  { \
    (void) sem_destroy((sem_t *) &semaphore->semaphore); \
  }

typedef struct {
  struct rtems_shim_count semaphore;
  const char *name;
} rtems_counting_semaphore;

#define RTEMS_COUNTING_SEMAPHORE_INITIALIZER(name, value) { { RTEMS_SHIM_SEMAPHORE, (value), { 0 } }, (name) }

static inline void rtems_counting_semaphore_init(
  rtems_counting_semaphore *semaphore,
  const char *name,
  unsigned int value
)
{
  semaphore->semaphore.object = RTEMS_SHIM_SEMAPHORE;
  semaphore->semaphore.count = value;
  semaphore->name = name;
}

static inline void rtems_counting_semaphore_post(rtems_counting_semaphore *semaphore)
{
  (void) sem_post((sem_t *) &semaphore->semaphore);
}

RTEMS_SHIM_SEMAPHORE_CALLS(counting)

typedef struct {
  struct rtems_shim_count semaphore;
  const char *name;
} rtems_binary_semaphore;

#define RTEMS_BINARY_SEMAPHORE_INITIALIZER(name) { { RTEMS_SHIM_SEMAPHORE, 0, { 0 } }, (name) }

static inline void rtems_binary_semaphore_init(rtems_binary_semaphore *semaphore, const char *name)
{
  semaphore->semaphore.object = RTEMS_SHIM_SEMAPHORE;
  semaphore->semaphore.count = 0;
  semaphore->name = name;
}

static inline void rtems_binary_semaphore_post(rtems_binary_semaphore *semaphore)
{
  rtems_shim_semaphore_post_binary((sem_t *) &semaphore->semaphore);
}

RTEMS_SHIM_SEMAPHORE_CALLS(binary)

#ifdef __cplusplus
}
#endif

#endif
