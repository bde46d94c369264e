/* Region Manager. */

#ifndef _RTEMS_RTEMS_REGION_H
#define _RTEMS_RTEMS_REGION_H

#include <rtems/rtems/attr.h>
#include <rtems/rtems/options.h>
#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>
#include <rtems/score/heapinfo.h>

#ifdef __cplusplus
extern "C" {
#endif

rtems_status_code rtems_region_create(
  rtems_name,
  void *,
  uintptr_t,
  uintptr_t,
  rtems_attribute,
  rtems_id *
);
rtems_status_code rtems_region_ident(rtems_name, rtems_id *);
rtems_status_code rtems_region_delete(rtems_id);
rtems_status_code rtems_region_extend(rtems_id, void *, uintptr_t);
rtems_status_code rtems_region_get_segment(
  rtems_id,
  uintptr_t,
  rtems_option,
  rtems_interval,
  void **
);
rtems_status_code rtems_region_return_segment(rtems_id, void *);
rtems_status_code rtems_region_get_segment_size(rtems_id, void *, uintptr_t *);
rtems_status_code rtems_region_get_information(rtems_id, Heap_Information_block *);
rtems_status_code rtems_region_get_free_information(rtems_id, Heap_Information_block *);
rtems_status_code rtems_region_resize_segment(rtems_id, void *, uintptr_t, uintptr_t *);

#ifdef __cplusplus
}
#endif

#endif
