/* User extensions. */

#ifndef _RTEMS_EXTENSION_H
#define _RTEMS_EXTENSION_H

#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>
#include <rtems/score/interr.h>
#include <rtems/score/thread.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef bool (*rtems_task_create_extension)(rtems_tcb *, rtems_tcb *);
typedef void (*rtems_task_delete_extension)(rtems_tcb *, rtems_tcb *);
typedef void (*rtems_task_start_extension)(rtems_tcb *, rtems_tcb *);
typedef void (*rtems_task_restart_extension)(rtems_tcb *, rtems_tcb *);
typedef void (*rtems_task_switch_extension)(rtems_tcb *, rtems_tcb *);
typedef void (*rtems_task_begin_extension)(rtems_tcb *);
typedef void (*rtems_task_exitted_extension)(rtems_tcb *);
typedef void (*rtems_fatal_extension)(Internal_errors_Source, bool, Internal_errors_t);
typedef void (*rtems_task_terminate_extension)(rtems_tcb *);

typedef void rtems_extension;

typedef struct {
  rtems_task_create_extension thread_create;
  rtems_task_start_extension thread_start;
  rtems_task_restart_extension thread_restart;
  rtems_task_delete_extension thread_delete;
  rtems_task_switch_extension thread_switch;
  rtems_task_begin_extension thread_begin;
  rtems_task_exitted_extension thread_exitted;
  rtems_fatal_extension fatal;
  rtems_task_terminate_extension thread_terminate;
} rtems_extensions_table;

typedef rtems_extensions_table User_extensions_Table;

rtems_status_code rtems_extension_create(rtems_name, const rtems_extensions_table *, rtems_id *);
rtems_status_code rtems_extension_delete(rtems_id);
rtems_status_code rtems_extension_ident(rtems_name, rtems_id *);

#ifdef __cplusplus
}
#endif

#endif
