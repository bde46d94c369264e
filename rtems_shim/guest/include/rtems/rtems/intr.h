/* Interrupt Manager: critical sections and handlers. BASEPRI 0x80 masks the tick and the thread switch. */

#ifndef _RTEMS_RTEMS_INTR_H
#define _RTEMS_RTEMS_INTR_H

#include <sys/cpuset.h>

#include <rtems/rtems/options.h>
#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef rtems_isr_level rtems_interrupt_level;

static inline rtems_interrupt_level rtems_shim_interrupt_disable(void)
{
  rtems_interrupt_level level;
  __asm__ volatile("mrs %0, basepri\n\tmsr basepri_max, %1" : "=&r"(level) : "r"(0x80) : "memory");
  return level;
}

static inline void rtems_shim_interrupt_enable(rtems_interrupt_level level)
{
  __asm__ volatile("msr basepri, %0" : : "r"(level) : "memory");
}

#define rtems_interrupt_disable(level) ((level) = rtems_shim_interrupt_disable())
#define rtems_interrupt_enable(level) rtems_shim_interrupt_enable(level)
#define rtems_interrupt_flash(level) \
  do { \
    rtems_interrupt_enable(level); \
    (void) rtems_shim_interrupt_disable(); \
  } while (0)
#define rtems_interrupt_local_disable(level) rtems_interrupt_disable(level)
#define rtems_interrupt_local_enable(level) rtems_interrupt_enable(level)

/* Locks. With one processor they are not there: whoever has one has masked the interrupts. */

typedef struct {
  int reserved;
} rtems_interrupt_lock;

typedef struct {
  rtems_interrupt_level level;
} rtems_interrupt_lock_context;

#define RTEMS_INTERRUPT_LOCK_DECLARE(qualifiers, name) qualifiers rtems_interrupt_lock name;
#define RTEMS_INTERRUPT_LOCK_DEFINE(qualifiers, name, text) qualifiers rtems_interrupt_lock name = { 0 };
#define RTEMS_INTERRUPT_LOCK_INITIALIZER(text) { 0 }
#define RTEMS_INTERRUPT_LOCK_MEMBER(name) rtems_interrupt_lock name;
#define RTEMS_INTERRUPT_LOCK_REFERENCE(name, target) rtems_interrupt_lock *name = target;
#define rtems_interrupt_lock_initialize(lock, name) ((void) (lock))
#define rtems_interrupt_lock_destroy(lock) ((void) (lock))
#define rtems_interrupt_lock_interrupt_disable(context) rtems_interrupt_disable((context)->level)
#define rtems_interrupt_lock_acquire(lock, context) ((void) (lock), rtems_interrupt_disable((context)->level))
#define rtems_interrupt_lock_release(lock, context) ((void) (lock), rtems_interrupt_enable((context)->level))
#define rtems_interrupt_lock_acquire_isr(lock, context) rtems_interrupt_lock_acquire(lock, context)
#define rtems_interrupt_lock_release_isr(lock, context) rtems_interrupt_lock_release(lock, context)

static inline bool rtems_interrupt_is_in_progress(void)
{
  uint32_t exception;
  __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
  return exception != 0;
}

/* Handlers of external interrupts; a vector is the interrupt's number. */

#define RTEMS_INTERRUPT_SHARED ((rtems_option) 0x00000000)
#define RTEMS_INTERRUPT_UNIQUE ((rtems_option) 0x00000001)
#define RTEMS_INTERRUPT_REPLACE ((rtems_option) 0x00000002)
#define RTEMS_INTERRUPT_IS_SHARED(options) ((options) & RTEMS_INTERRUPT_SHARED)
#define RTEMS_INTERRUPT_IS_UNIQUE(options) ((options) & RTEMS_INTERRUPT_UNIQUE)
#define RTEMS_INTERRUPT_IS_REPLACE(options) ((options) & RTEMS_INTERRUPT_REPLACE)

typedef void (*rtems_interrupt_handler)(void *);
typedef void (*rtems_interrupt_per_handler_routine)(
  void *,
  const char *,
  rtems_option,
  rtems_interrupt_handler,
  void *
);

typedef struct rtems_interrupt_entry {
  rtems_interrupt_handler handler;
  void *arg;
  struct rtems_interrupt_entry *next;
  const char *info;
} rtems_interrupt_entry;

#define RTEMS_INTERRUPT_ENTRY_INITIALIZER(routine, arg, info) { routine, arg, NULL, info }

typedef enum {
  RTEMS_INTERRUPT_UNSPECIFIED_SIGNAL,
  RTEMS_INTERRUPT_NO_SIGNAL,
  RTEMS_INTERRUPT_SIGNAL_LEVEL_LOW,
  RTEMS_INTERRUPT_SIGNAL_LEVEL_HIGH,
  RTEMS_INTERRUPT_SIGNAL_EDGE_FALLING,
  RTEMS_INTERRUPT_SIGNAL_EDGE_RAISING
} rtems_interrupt_signal_variant;

typedef struct {
  bool is_maskable;
  bool can_enable;
  bool maybe_enable;
  bool can_disable;
  bool maybe_disable;
  bool can_raise;
  bool can_raise_on;
  bool can_clear;
  bool cleared_by_acknowledge;
  bool can_get_affinity;
  bool can_set_affinity;
  bool can_be_triggered_by_message;
  rtems_interrupt_signal_variant trigger_signal;
  bool can_get_priority;
  bool can_set_priority;
  uint32_t maximum_priority;
} rtems_interrupt_attributes;

static inline void rtems_interrupt_entry_initialize(
  rtems_interrupt_entry *entry,
  rtems_interrupt_handler routine,
  void *arg,
  const char *info
)
{
  entry->handler = routine;
  entry->arg = arg;
  entry->next = NULL;
  entry->info = info;
}

rtems_status_code rtems_interrupt_entry_install(rtems_vector_number, rtems_option, rtems_interrupt_entry *);
rtems_status_code rtems_interrupt_entry_remove(rtems_vector_number, rtems_interrupt_entry *);
rtems_status_code rtems_interrupt_handler_install(
  rtems_vector_number,
  const char *,
  rtems_option,
  rtems_interrupt_handler,
  void *
);
rtems_status_code rtems_interrupt_handler_remove(rtems_vector_number, rtems_interrupt_handler, void *);
rtems_status_code rtems_interrupt_handler_iterate(rtems_vector_number, rtems_interrupt_per_handler_routine, void *);
rtems_status_code rtems_interrupt_vector_is_enabled(rtems_vector_number, bool *);
rtems_status_code rtems_interrupt_vector_enable(rtems_vector_number);
rtems_status_code rtems_interrupt_vector_disable(rtems_vector_number);
rtems_status_code rtems_interrupt_is_pending(rtems_vector_number, bool *);
rtems_status_code rtems_interrupt_raise(rtems_vector_number);
rtems_status_code rtems_interrupt_raise_on(rtems_vector_number, uint32_t cpu_index);
rtems_status_code rtems_interrupt_clear(rtems_vector_number);
rtems_status_code rtems_interrupt_get_priority(rtems_vector_number, uint32_t *);
rtems_status_code rtems_interrupt_set_priority(rtems_vector_number, uint32_t);
rtems_status_code rtems_interrupt_get_affinity(rtems_vector_number, size_t, cpu_set_t *);
rtems_status_code rtems_interrupt_set_affinity(rtems_vector_number, size_t, const cpu_set_t *);
rtems_status_code rtems_interrupt_get_attributes(rtems_vector_number, rtems_interrupt_attributes *);

#ifdef __cplusplus
}
#endif

#endif
