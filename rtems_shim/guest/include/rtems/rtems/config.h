/* What an application may ask about its configuration. */

#ifndef _RTEMS_RTEMS_CONFIG_H
#define _RTEMS_RTEMS_CONFIG_H

#include <rtems/rtems/tasks.h>
#include <rtems/rtems/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint32_t maximum_tasks;
  uint32_t maximum_timers;
  uint32_t maximum_semaphores;
  uint32_t maximum_message_queues;
  uint32_t maximum_partitions;
  uint32_t maximum_regions;
  uint32_t maximum_ports;
  uint32_t maximum_periods;
  uint32_t maximum_barriers;
  uint32_t number_of_initialization_tasks;
  const rtems_initialization_tasks_table *User_initialization_tasks_table;
} rtems_api_configuration_table;

uint32_t rtems_configuration_get_maximum_barriers(void);
uint32_t rtems_configuration_get_maximum_extensions(void);
uint32_t rtems_configuration_get_maximum_message_queues(void);
uint32_t rtems_configuration_get_maximum_partitions(void);
uint32_t rtems_configuration_get_maximum_periods(void);
uint32_t rtems_configuration_get_maximum_ports(void);
uint32_t rtems_configuration_get_maximum_regions(void);
uint32_t rtems_configuration_get_maximum_semaphores(void);
uint32_t rtems_configuration_get_maximum_tasks(void);
uint32_t rtems_configuration_get_maximum_timers(void);
const rtems_api_configuration_table *rtems_configuration_get_rtems_api_configuration(void);
uint32_t rtems_configuration_get_microseconds_per_tick(void);
uint32_t rtems_configuration_get_milliseconds_per_tick(void);
uint32_t rtems_configuration_get_nanoseconds_per_tick(void);
uint32_t rtems_configuration_get_ticks_per_timeslice(void);
uint32_t rtems_configuration_get_maximum_processors(void);
uintptr_t rtems_configuration_get_interrupt_stack_size(void);
uintptr_t rtems_configuration_get_stack_space_size(void);
uintptr_t rtems_configuration_get_work_space_size(void);
bool rtems_configuration_get_do_zero_of_workspace(void);
bool rtems_configuration_get_unified_work_area(void);
bool rtems_configuration_get_stack_allocator_avoids_work_space(void);
void *rtems_configuration_get_stack_allocate_init_hook(void);
void *rtems_configuration_get_stack_allocate_hook(void);
void *rtems_configuration_get_stack_free_hook(void);
bool rtems_configuration_is_unlimited_objects_enabled(void);
uint32_t rtems_get_processor_count(void);
uint32_t rtems_get_current_processor(void);
uint32_t rtems_scheduler_get_processor(void);
uint32_t rtems_scheduler_get_processor_maximum(void);

#define RTEMS_UNLIMITED_OBJECTS OBJECTS_UNLIMITED_OBJECTS
#define rtems_resource_unlimited(resource) ((resource) | RTEMS_UNLIMITED_OBJECTS)
#define rtems_resource_is_unlimited(resource) (((resource) & RTEMS_UNLIMITED_OBJECTS) != 0)
#define rtems_resource_maximum_per_allocation(resource) ((resource) & ~RTEMS_UNLIMITED_OBJECTS)

#ifdef __cplusplus
}
#endif

#endif
