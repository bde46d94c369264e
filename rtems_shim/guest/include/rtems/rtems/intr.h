/* Interrupt Manager: critical sections. BASEPRI 0x80 masks the tick and the thread switch. */

#ifndef _RTEMS_RTEMS_INTR_H
#define _RTEMS_RTEMS_INTR_H

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

#ifdef __cplusplus
}
#endif

#endif
