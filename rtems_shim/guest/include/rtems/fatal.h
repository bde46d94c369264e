/* Fatal errors. */

#ifndef _RTEMS_FATAL_H
#define _RTEMS_FATAL_H

#include <rtems/rtems/types.h>
#include <rtems/score/cpu.h>
#include <rtems/score/interr.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef Internal_errors_Source rtems_fatal_source;
typedef Internal_errors_t rtems_fatal_code;
typedef CPU_Exception_frame rtems_exception_frame;

typedef struct {
  const char *file;
  int line;
  const char *function;
  const char *failed_expression;
} rtems_assert_context;

void rtems_fatal(rtems_fatal_source, rtems_fatal_code) RTEMS_NO_RETURN;
void rtems_fatal_error_occurred(uint32_t) RTEMS_NO_RETURN;
void rtems_panic(const char *, ...) RTEMS_NO_RETURN RTEMS_PRINTFLIKE(1, 2);
void rtems_exception_frame_print(const rtems_exception_frame *);
const char *rtems_fatal_source_text(rtems_fatal_source);
const char *rtems_internal_error_text(rtems_fatal_code);

#ifdef __cplusplus
}
#endif

#endif
