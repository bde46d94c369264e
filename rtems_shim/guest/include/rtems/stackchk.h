/* Stacks: what is said of them. The MPU refuses what RTEMS's pattern checks would find later. */

#ifndef _RTEMS_STACKCHK_H
#define _RTEMS_STACKCHK_H

#include <stdbool.h>

#include <rtems.h>
#include <rtems/print.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Without CONFIGURE_STACK_CHECKER_ENABLED `used` is UINTPTR_MAX. `current` is NULL of a stack that is in use. */
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

void rtems_stack_checker_iterate(rtems_stack_checker_visitor, void *);
void rtems_stack_checker_report_usage(void);
void rtems_stack_checker_report_usage_with_plugin(const rtems_printer *);

#ifdef __cplusplus
}
#endif

#endif
