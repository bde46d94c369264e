/* Object Services. */

#ifndef _RTEMS_RTEMS_OBJECT_H
#define _RTEMS_RTEMS_OBJECT_H

#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_SEARCH_ALL_NODES 0
#define RTEMS_SEARCH_OTHER_NODES 0x7FFFFFFE
#define RTEMS_SEARCH_LOCAL_NODE 0x7FFFFFFF
#define RTEMS_WHO_AM_I 0
#define RTEMS_OBJECT_ID_INITIAL_INDEX 0
#define RTEMS_OBJECT_ID_FINAL_INDEX 0xFFFFU
#define RTEMS_OBJECT_ID_FINAL OBJECTS_ID_FINAL

#define rtems_build_name(c1, c2, c3, c4) \
  ((rtems_name) (uint8_t) (c1) << 24 | (rtems_name) (uint8_t) (c2) << 16 | \
   (rtems_name) (uint8_t) (c3) << 8 | (rtems_name) (uint8_t) (c4))
#define rtems_build_id(api, class_, node, index) _Objects_Build_id(api, class_, node, index)
#define rtems_object_id_get_api(id) _Objects_Get_API(id)
#define rtems_object_id_get_class(id) _Objects_Get_class(id)
#define rtems_object_id_get_node(id) _Objects_Get_node(id)
#define rtems_object_id_get_index(id) _Objects_Get_index(id)
#define rtems_object_id_api_minimum() OBJECTS_INTERNAL_API
#define rtems_object_id_api_maximum() OBJECTS_POSIX_API

rtems_status_code rtems_object_set_name(rtems_id, const char *);
char *rtems_object_get_name(rtems_id, size_t, char *);
rtems_status_code rtems_object_get_classic_name(rtems_id, rtems_name *);
uint16_t rtems_object_get_local_node(void);

#ifdef __cplusplus
}
#endif

#endif
