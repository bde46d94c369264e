/* Partition Manager. */

#ifndef _RTEMS_RTEMS_PART_H
#define _RTEMS_RTEMS_PART_H

#include <rtems/rtems/attr.h>
#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>
#include <rtems/score/cpu.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_PARTITION_ALIGNMENT CPU_SIZEOF_POINTER

rtems_status_code rtems_partition_create(
  rtems_name,
  void *,
  uintptr_t,
  size_t,
  rtems_attribute,
  rtems_id *
);
rtems_status_code rtems_partition_ident(rtems_name, uint32_t, rtems_id *);
rtems_status_code rtems_partition_delete(rtems_id);
rtems_status_code rtems_partition_get_buffer(rtems_id, void **);
rtems_status_code rtems_partition_return_buffer(rtems_id, void *);

#ifdef __cplusplus
}
#endif

#endif
