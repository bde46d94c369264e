/*
 * Object identifiers: index in bits 0-15, node in 16-23, API in 24-26, class in 27-31. Here the class and API of
 * Classic tasks make 0x0A01, of POSIX threads 0x0B01.
 */

#ifndef _RTEMS_SCORE_OBJECT_H
#define _RTEMS_SCORE_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t Objects_Id;

typedef union {
  const char *name_p;
  uint32_t name_u32;
} Objects_Name;

typedef enum {
  OBJECTS_NO_API = 0,
  OBJECTS_INTERNAL_API = 1,
  OBJECTS_CLASSIC_API = 2,
  OBJECTS_POSIX_API = 3
} Objects_APIs;

typedef struct {
  Objects_Id id;
  Objects_Name name;
} Objects_Control;

#define OBJECTS_INDEX_START_BIT 0U
#define OBJECTS_NODE_START_BIT 16U
#define OBJECTS_API_START_BIT 24U
#define OBJECTS_CLASS_START_BIT 27U
#define OBJECTS_ID_NONE 0
#define OBJECTS_ID_OF_SELF ((Objects_Id) 0)
#define OBJECTS_INDEX_MINIMUM 1
#define OBJECTS_ID_FINAL_INDEX 0xFFFFU
#define OBJECTS_APIS_LAST OBJECTS_POSIX_API
#define OBJECTS_ID_FINAL ((Objects_Id) ~0)
#define OBJECTS_UNLIMITED_OBJECTS 0x80000000U
#define OBJECTS_CLASSIC_NO_CLASS 0
#define OBJECTS_RTEMS_TASKS 1
#define OBJECTS_RTEMS_TIMERS 2
#define OBJECTS_RTEMS_SEMAPHORES 3
#define OBJECTS_RTEMS_MESSAGE_QUEUES 4
#define OBJECTS_RTEMS_PARTITIONS 5
#define OBJECTS_RTEMS_REGIONS 6
#define OBJECTS_RTEMS_PORTS 7
#define OBJECTS_RTEMS_PERIODS 8
#define OBJECTS_RTEMS_EXTENSIONS 9
#define OBJECTS_RTEMS_BARRIERS 10
#define OBJECTS_POSIX_THREADS 1
#define OBJECTS_POSIX_KEYS 2
#define OBJECTS_POSIX_MESSAGE_QUEUES 3
#define OBJECTS_POSIX_SEMAPHORES 4
#define OBJECTS_POSIX_TIMERS 5
#define OBJECTS_POSIX_SHMS 6
#define OBJECTS_INTERNAL_THREADS 1

#define _Objects_Build_id(api, class_, node, index) \
  (((Objects_Id) (api) << OBJECTS_API_START_BIT) | ((Objects_Id) (class_) << OBJECTS_CLASS_START_BIT) | \
   ((Objects_Id) (node) << OBJECTS_NODE_START_BIT) | ((Objects_Id) (index) << OBJECTS_INDEX_START_BIT))
#define _Objects_Get_API(id) ((Objects_APIs) (((id) >> OBJECTS_API_START_BIT) & 7U))
#define _Objects_Get_class(id) ((uint32_t) (((id) >> OBJECTS_CLASS_START_BIT) & 0x1FU))
#define _Objects_Get_node(id) ((uint32_t) (((id) >> OBJECTS_NODE_START_BIT) & 0xFFU))
#define _Objects_Get_index(id) ((uint16_t) ((id) & 0xFFFFU))

#ifdef __cplusplus
}
#endif

#endif
