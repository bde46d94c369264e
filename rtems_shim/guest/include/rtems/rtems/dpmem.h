/* Dual-Ported Memory Manager. */

#ifndef _RTEMS_RTEMS_DPMEM_H
#define _RTEMS_RTEMS_DPMEM_H

#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

rtems_status_code rtems_port_create(rtems_name, void *, void *, uint32_t, rtems_id *);
rtems_status_code rtems_port_ident(rtems_name, rtems_id *);
rtems_status_code rtems_port_delete(rtems_id);
rtems_status_code rtems_port_external_to_internal(rtems_id, void *, void **);
rtems_status_code rtems_port_internal_to_external(rtems_id, void *, void **);

#ifdef __cplusplus
}
#endif

#endif
