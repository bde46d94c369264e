/* Barrier Manager. */

#ifndef _RTEMS_RTEMS_BARRIER_H
#define _RTEMS_RTEMS_BARRIER_H

#include <rtems/rtems/attr.h>
#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

rtems_status_code rtems_barrier_create(rtems_name, rtems_attribute, uint32_t, rtems_id *);
rtems_status_code rtems_barrier_ident(rtems_name, rtems_id *);
rtems_status_code rtems_barrier_delete(rtems_id);
rtems_status_code rtems_barrier_wait(rtems_id, rtems_interval);
rtems_status_code rtems_barrier_get_number_waiting(rtems_id, uint32_t *);
rtems_status_code rtems_barrier_release(rtems_id, uint32_t *);

#ifdef __cplusplus
}
#endif

#endif
