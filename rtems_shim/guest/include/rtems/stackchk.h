/* Stacks: what is said of them. The MPU refuses what RTEMS's pattern checks would find later. */

#ifndef _RTEMS_STACKCHK_H
#define _RTEMS_STACKCHK_H

#include <stdbool.h>

#include <rtems.h>
#include <rtems/print.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  rtems_id id;
  const char *name;
  const void *begin;
  uintptr_t size;
  const void *current;
  uintptr_t used;
} rtems_stack_checker_info;

typedef void (*rtems_stack_checker_visitor)(const rtems_stack_checker_info *, void *);

static inline bool rtems_stack_checker_is_blown(void)
{
  return false;
}

#ifdef __cplusplus
}
#endif

#endif
