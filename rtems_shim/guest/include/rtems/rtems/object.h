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
#define RTEMS_OBJECT_ID_FINAL_INDEX OBJECTS_ID_FINAL_INDEX
#define RTEMS_OBJECT_ID_FINAL OBJECTS_ID_FINAL
#define RTEMS_OBJECT_ID_INITIAL(api, class_, node) \
  _Objects_Build_id((api), (class_), (node), RTEMS_OBJECT_ID_INITIAL_INDEX)

rtems_name rtems_build_name(char, char, char, char);
rtems_id rtems_build_id(uint32_t, uint32_t, uint32_t, uint32_t);
int rtems_object_id_get_api(rtems_id);
int rtems_object_id_get_class(rtems_id);
int rtems_object_id_get_node(rtems_id);
int rtems_object_id_get_index(rtems_id);
int rtems_object_id_api_minimum(void);
int rtems_object_id_api_maximum(void);

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

typedef struct {
  rtems_id minimum_id;
  rtems_id maximum_id;
  uint32_t maximum;
  bool auto_extend;
  uint32_t unallocated;
} rtems_object_api_class_information;

int rtems_object_api_minimum_class(int);
int rtems_object_api_maximum_class(int);
const char *rtems_object_get_api_name(int);
const char *rtems_object_get_api_class_name(int, int);
rtems_status_code rtems_object_get_class_information(int, int, rtems_object_api_class_information *);
rtems_status_code rtems_object_set_name(rtems_id, const char *);
char *rtems_object_get_name(rtems_id, size_t, char *);
rtems_status_code rtems_object_get_classic_name(rtems_id, rtems_name *);
uint16_t rtems_object_get_local_node(void);

#ifdef __cplusplus
}
#endif

#endif
