/* Basic types of the Classic API. */

#ifndef _RTEMS_RTEMS_TYPES_H
#define _RTEMS_RTEMS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include <rtems/score/basedefs.h>
#include <rtems/score/object.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef Objects_Id rtems_id;
typedef Objects_Name rtems_object_name_union;
typedef uint32_t rtems_name;
typedef uint32_t rtems_attribute;
typedef uint32_t rtems_mode;
typedef uint32_t rtems_option;
typedef uint32_t rtems_interval;
typedef uint32_t rtems_event_set;
typedef uint32_t rtems_signal_set;
typedef uint32_t rtems_task_priority;
typedef uintptr_t rtems_task_argument;
typedef uint32_t rtems_isr_level;
typedef bool rtems_boolean;
typedef uint8_t rtems_unsigned8;
typedef uint16_t rtems_unsigned16;
typedef uint32_t rtems_unsigned32;
typedef uint64_t rtems_unsigned64;
typedef int32_t rtems_signed32;
typedef float rtems_single;
typedef double rtems_double;
typedef uint32_t rtems_device_major_number;
typedef uint32_t rtems_device_minor_number;

typedef void rtems_task;
typedef rtems_task (*rtems_task_entry)(rtems_task_argument);
typedef void rtems_asr;
typedef rtems_asr (*rtems_asr_entry)(rtems_signal_set);
typedef void rtems_timer_service_routine;
typedef rtems_timer_service_routine (*rtems_timer_service_routine_entry)(rtems_id, void *);
typedef void rtems_isr;
typedef uint32_t rtems_vector_number;
typedef rtems_isr (*rtems_isr_entry)(rtems_vector_number);

typedef struct {
  uint32_t year;
  uint32_t month;
  uint32_t day;
  uint32_t hour;
  uint32_t minute;
  uint32_t second;
  uint32_t ticks;
} rtems_time_of_day;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#define RTEMS_ID_NONE OBJECTS_ID_NONE
#define RTEMS_NO_TIMEOUT ((rtems_interval) 0)
#define RTEMS_MAXIMUM_NAME_LENGTH 4
#define RTEMS_MILLISECONDS_TO_MICROSECONDS(ms) ((ms) * 1000UL)
#define RTEMS_MILLISECONDS_TO_TICKS(ms) \
  (RTEMS_MILLISECONDS_TO_MICROSECONDS(ms) / rtems_configuration_get_microseconds_per_tick())
#define RTEMS_MICROSECONDS_TO_TICKS(us) ((us) / rtems_configuration_get_microseconds_per_tick())

#ifdef __cplusplus
}
#endif

#endif
