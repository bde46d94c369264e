/* Sources and codes of fatal errors. */

#ifndef _RTEMS_SCORE_INTERR_H
#define _RTEMS_SCORE_INTERR_H

#include <stdbool.h>

#include <rtems/score/basedefs.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  INTERNAL_ERROR_CORE = 0,
  INTERNAL_ERROR_RTEMS_API = 1,
  INTERNAL_ERROR_POSIX_API = 2,
  RTEMS_FATAL_SOURCE_BDBUF = 3,
  RTEMS_FATAL_SOURCE_APPLICATION = 4,
  RTEMS_FATAL_SOURCE_EXIT = 5,
  RTEMS_FATAL_SOURCE_BSP = 6,
  RTEMS_FATAL_SOURCE_ASSERT = 7,
  RTEMS_FATAL_SOURCE_STACK_CHECKER = 8,
  RTEMS_FATAL_SOURCE_EXCEPTION = 9,
  RTEMS_FATAL_SOURCE_SMP = 10,
  RTEMS_FATAL_SOURCE_PANIC = 11,
  RTEMS_FATAL_SOURCE_INVALID_HEAP_FREE = 12,
  RTEMS_FATAL_SOURCE_HEAP = 13,
  RTEMS_FATAL_SOURCE_LAST = 0xFFFF
} Internal_errors_Source;

#define INTERNAL_ERROR_THREAD_EXITTED 5

typedef uintptr_t Internal_errors_t;

typedef struct {
  Internal_errors_Source the_source;
  Internal_errors_t the_error;
} Internal_errors_Information;

extern Internal_errors_Information _Internal_errors_What_happened;

#ifdef __cplusplus
}
#endif

#endif
