/* The part of the Classic API that needs no kernel, or several calls of it. */

#include <stddef.h>
#include <stdlib.h>

#include <rtems.h>
#include <rtems/malloc.h>
#include <rtems/rtems/timerimpl.h>

#include "internal.h"

RTEMS_STATIC_ASSERT(sizeof(rtems_time_of_day) == sizeof(struct rtems_shim_time_of_day), rtems_time_of_day);

/* Message queues */

/* The messages are kept by the kernel; the program's memory for them, which it must have, stays unused. */
rtems_status_code rtems_message_queue_construct(const rtems_message_queue_config *config, rtems_id *id)
{
  size_t needed;

  if (config == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  needed = RTEMS_ALIGN_UP(config->maximum_message_size, sizeof(void *)) + sizeof(RTEMS_MESSAGE_QUEUE_BUFFER(1)) - 4;
  if (config->name != 0 && id != NULL && config->storage_size < needed * config->maximum_pending_messages) {
    return RTEMS_UNSATISFIED;
  }
  return (rtems_status_code) rtems_shim_queue_construct(
    config->name,
    config->maximum_pending_messages,
    config->maximum_message_size,
    config->attributes,
    id
  );
}

/* Tasks */

void rtems_task_exit(void)
{
  rtems_shim_run_cleanup();
  rtems_shim_thread_terminates();
  rtems_shim_streams_end();
  rtems_shim_task_exit();
}

rtems_status_code rtems_task_delete(rtems_id id)
{
  if (id == RTEMS_SELF || id == rtems_task_self()) {
    rtems_task_exit();
  }
  return (rtems_status_code) rtems_shim_rtems_task_delete(id);
}


/* The timer server: it runs the routines of timers that were fired with rtems_timer_server_fire_*(). */

static Timer_server_Control timer_server;

Timer_server_Control *volatile _Timer_server;

void rtems_shim_timer_server(rtems_task_argument);

void rtems_shim_timer_server(rtems_task_argument argument)
{
  struct rtems_shim_timer_call call;

  (void) argument;
  timer_server.server_id = rtems_task_self();
  _Timer_server = &timer_server;
  for (;;) {
    rtems_shim_timer_server_next(&call);
    ((rtems_timer_service_routine_entry) call.routine)(call.id, (void *) call.user_data);
  }
}

/* Configuration */

rtems_task_priority _RTEMS_Maximum_priority(void)
{
  return rtems_shim_configuration.maximum_priority;
}

const rtems_api_configuration_table *rtems_configuration_get_rtems_api_configuration(void)
{
  static rtems_api_configuration_table table;
  const struct rtems_shim_configuration *from = &rtems_shim_configuration;

  table.maximum_tasks = from->maximum_tasks;
  table.maximum_timers = from->maximum_timers;
  table.maximum_semaphores = from->maximum_semaphores;
  table.maximum_message_queues = from->maximum_message_queues;
  table.maximum_partitions = from->maximum_partitions;
  table.maximum_regions = from->maximum_regions;
  table.maximum_ports = from->maximum_ports;
  table.maximum_periods = from->maximum_periods;
  table.maximum_barriers = from->maximum_barriers;
  table.number_of_initialization_tasks = from->classic_init_entry != 0 ? 1 : 0;
  return &table;
}

uint32_t rtems_configuration_get_maximum_barriers(void)
{
  return rtems_shim_configuration.maximum_barriers;
}

uint32_t rtems_configuration_get_maximum_message_queues(void)
{
  return rtems_shim_configuration.maximum_message_queues;
}

uint32_t rtems_configuration_get_maximum_partitions(void)
{
  return rtems_shim_configuration.maximum_partitions;
}

uint32_t rtems_configuration_get_maximum_periods(void)
{
  return rtems_shim_configuration.maximum_periods;
}

uint32_t rtems_configuration_get_maximum_ports(void)
{
  return rtems_shim_configuration.maximum_ports;
}

uint32_t rtems_configuration_get_maximum_regions(void)
{
  return rtems_shim_configuration.maximum_regions;
}

uint32_t rtems_configuration_get_maximum_semaphores(void)
{
  return rtems_shim_configuration.maximum_semaphores;
}

uint32_t rtems_configuration_get_maximum_tasks(void)
{
  return rtems_shim_configuration.maximum_tasks;
}

uint32_t rtems_configuration_get_maximum_timers(void)
{
  return rtems_shim_configuration.maximum_timers;
}

extern const unsigned rtems_shim_maximum_extensions;

uint32_t rtems_configuration_get_maximum_extensions(void)
{
  return rtems_shim_maximum_extensions;
}

/* The stacks of all threads, where they come from the kernel. */
uintptr_t rtems_configuration_get_stack_space_size(void)
{
  return rtems_shim_configuration.stack_arena_size;
}

/* The stacks and the messages, where RTEMS takes them from. */
uintptr_t rtems_configuration_get_work_space_size(void)
{
  return rtems_shim_configuration.stack_arena_size;
}

bool rtems_configuration_get_do_zero_of_workspace(void)
{
  return false;
}

bool rtems_configuration_get_unified_work_area(void)
{
  return false;
}

bool rtems_configuration_get_stack_allocator_avoids_work_space(void)
{
  return false;
}

void *rtems_configuration_get_stack_allocate_init_hook(void)
{
  return (void *) rtems_shim_stack_allocator_init;
}

void *rtems_configuration_get_stack_allocate_hook(void)
{
  return (void *) rtems_shim_stack_allocate;
}

void *rtems_configuration_get_stack_free_hook(void)
{
  return (void *) rtems_shim_stack_free;
}

uint32_t rtems_configuration_get_microseconds_per_tick(void)
{
  return rtems_shim_configuration.microseconds_per_tick;
}

uint32_t rtems_configuration_get_milliseconds_per_tick(void)
{
  return rtems_shim_configuration.microseconds_per_tick / 1000;
}

uint32_t rtems_configuration_get_nanoseconds_per_tick(void)
{
  return rtems_shim_configuration.microseconds_per_tick * 1000;
}

uint32_t rtems_configuration_get_ticks_per_timeslice(void)
{
  return rtems_shim_configuration.ticks_per_timeslice;
}

uintptr_t rtems_configuration_get_interrupt_stack_size(void)
{
  return rtems_shim_configuration.interrupt_stack_size;
}

bool rtems_configuration_is_unlimited_objects_enabled(void)
{
  return rtems_resource_is_unlimited(rtems_shim_configuration.maximum_semaphores);
}

uint32_t rtems_configuration_get_maximum_processors(void)
{
  return 1;
}

uint32_t rtems_get_processor_count(void)
{
  return 1;
}

uint32_t rtems_get_current_processor(void)
{
  return 0;
}

uint32_t rtems_scheduler_get_processor(void)
{
  return 0;
}

uint32_t rtems_scheduler_get_processor_maximum(void)
{
  return 1;
}

uint16_t rtems_object_get_local_node(void)
{
  return 1;
}

/* Memory */

int rtems_memalign(void **block, size_t alignment, size_t size)
{
  return posix_memalign(block, alignment, size);
}

/*
 * Memory that does not cross a multiple of the boundary, 0: of nothing. A block that is aligned to a power of two of at
 * least its size crosses no multiple of a larger one; of another boundary's multiples it may, and then there is none.
 */
void *rtems_heap_allocate_aligned_with_boundary(size_t size, size_t alignment, size_t boundary)
{
  void *block = NULL;
  size_t aligned = alignment < CPU_ALIGNMENT ? CPU_ALIGNMENT : alignment;

  if (boundary != 0) {
    if (size > boundary) {
      return NULL;
    }
    while (aligned < size) {
      aligned *= 2;
    }
  }
  if (posix_memalign(&block, aligned, size == 0 ? 1 : size) != 0) {
    return NULL;
  }
  if (boundary != 0 && size != 0 && (uintptr_t) block / boundary != ((uintptr_t) block + size - 1) / boundary) {
    free(block);
    return NULL;
  }
  return block;
}

void *rtems_calloc(size_t count, size_t size)
{
  return calloc(count, size);
}

void *rtems_malloc(size_t size)
{
  return malloc(size);
}
