/* Semaphore Manager. */

#ifndef _RTEMS_RTEMS_SEM_H
#define _RTEMS_RTEMS_SEM_H

#include <rtems/rtems/attr.h>
#include <rtems/rtems/options.h>
#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

rtems_status_code rtems_semaphore_create(
  rtems_name,
  uint32_t,
  rtems_attribute,
  rtems_task_priority,
  rtems_id *
);
rtems_status_code rtems_semaphore_ident(rtems_name, uint32_t, rtems_id *);
rtems_status_code rtems_semaphore_delete(rtems_id);
rtems_status_code rtems_semaphore_obtain(rtems_id, rtems_option, rtems_interval);
rtems_status_code rtems_semaphore_release(rtems_id);
rtems_status_code rtems_semaphore_flush(rtems_id);
rtems_status_code rtems_semaphore_set_priority(
  rtems_id,
  rtems_id,
  rtems_task_priority,
  rtems_task_priority *
);

#ifdef __cplusplus
}
#endif

#endif
