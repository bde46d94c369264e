/* Stack checks: the MPU refuses what a pattern check would find later. */

#ifndef _RTEMS_STACKCHK_H
#define _RTEMS_STACKCHK_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline bool rtems_stack_checker_is_blown(void)
{
  return false;
}

#ifdef __cplusplus
}
#endif

#endif
