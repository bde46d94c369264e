/* Critical sections under the names that RTEMS has inside: level 0 lets every interrupt in, 1 masks the kernel's. */

#ifndef _RTEMS_SCORE_ISRLEVEL_H
#define _RTEMS_SCORE_ISRLEVEL_H

#include <rtems/rtems/intr.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef rtems_interrupt_level ISR_Level;

#define _ISR_Local_disable(level) rtems_interrupt_disable(level)
#define _ISR_Local_enable(level) rtems_interrupt_enable(level)
#define _ISR_Local_flash(level) rtems_interrupt_flash(level)
#define _ISR_Is_enabled(level) ((level) == 0)

static inline uint32_t _ISR_Get_level(void)
{
  uint32_t mask;

  __asm__ volatile("mrs %0, basepri" : "=r"(mask));
  return mask != 0 ? 1U : 0U;
}

static inline void _ISR_Set_level(uint32_t level)
{
  __asm__ volatile("msr basepri, %0" : : "r"(level != 0 ? 0x80 : 0) : "memory");
}

#ifdef __cplusplus
}
#endif

#endif
