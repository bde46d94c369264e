/* A thread, as far as an application can see one. */

#ifndef _RTEMS_SCORE_THREAD_H
#define _RTEMS_SCORE_THREAD_H

#include <stdbool.h>

#include <rtems/score/object.h>
#include <rtems/score/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

struct Thread_Control {
  Objects_Control Object;
  uintptr_t thread_pointer;
  bool is_fp;
  uint8_t reserved[3];
};

typedef struct Thread_Control Thread_Control;

typedef struct Thread_Control rtems_tcb;

#ifdef __cplusplus
}
#endif

#endif
