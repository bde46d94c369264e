/* Task Manager. */

#ifndef _RTEMS_RTEMS_TASKS_H
#define _RTEMS_RTEMS_TASKS_H

#include <sys/cpuset.h>

#include <rtems/rtems/attr.h>
#include <rtems/rtems/modes.h>
#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>
#include <rtems/score/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTEMS_SELF OBJECTS_ID_OF_SELF
#define RTEMS_CURRENT_PRIORITY ((rtems_task_priority) 0)
#define RTEMS_NO_PRIORITY ((rtems_task_priority) 0)
#define RTEMS_MINIMUM_PRIORITY ((rtems_task_priority) 1)
#define RTEMS_MAXIMUM_PRIORITY _RTEMS_Maximum_priority()
#define RTEMS_MINIMUM_STACK_SIZE STACK_MINIMUM_SIZE
#define RTEMS_CONFIGURED_MINIMUM_STACK_SIZE 0
#define RTEMS_YIELD_PROCESSOR ((rtems_interval) 0)

typedef struct {
  rtems_name name;
  size_t stack_size;
  rtems_task_priority initial_priority;
  rtems_attribute attribute_set;
  rtems_task_entry entry_point;
  rtems_mode mode_set;
  rtems_task_argument argument;
} rtems_initialization_tasks_table;

typedef struct {
  rtems_name name;
  rtems_task_priority initial_priority;
  void *storage_area;
  size_t storage_size;
  size_t maximum_thread_local_storage_size;
  void (*storage_free)(void *);
  rtems_mode initial_modes;
  rtems_attribute attributes;
} rtems_task_config;

typedef struct Thread_Control rtems_tcb;
typedef bool (*rtems_task_visitor)(rtems_tcb *, void *);

/* A task's registers are saved on its stack, those of the FPU too. */
#define RTEMS_TASK_STORAGE_ALIGNMENT CPU_STACK_ALIGNMENT
#define RTEMS_TASK_STORAGE_SIZE(size, attributes) (size)

rtems_task_priority _RTEMS_Maximum_priority(void);
rtems_status_code rtems_task_construct(const rtems_task_config *, rtems_id *);
void rtems_task_iterate(rtems_task_visitor, void *);
rtems_status_code rtems_task_get_affinity(rtems_id, size_t, cpu_set_t *);
rtems_status_code rtems_task_set_affinity(rtems_id, size_t, const cpu_set_t *);
rtems_status_code rtems_task_set_scheduler(rtems_id, rtems_id, rtems_task_priority);
rtems_status_code rtems_scheduler_ident_by_processor(uint32_t, rtems_id *);
rtems_status_code rtems_scheduler_ident_by_processor_set(size_t, const cpu_set_t *, rtems_id *);
rtems_status_code rtems_scheduler_get_maximum_priority(rtems_id, rtems_task_priority *);
rtems_status_code rtems_scheduler_map_priority_from_posix(rtems_id, int, rtems_task_priority *);
rtems_status_code rtems_scheduler_map_priority_to_posix(rtems_id, rtems_task_priority, int *);
rtems_status_code rtems_scheduler_get_processor_set(rtems_id, size_t, cpu_set_t *);
rtems_status_code rtems_scheduler_add_processor(rtems_id, uint32_t);
rtems_status_code rtems_scheduler_remove_processor(rtems_id, uint32_t);
rtems_status_code rtems_task_create(
  rtems_name,
  rtems_task_priority,
  size_t,
  rtems_mode,
  rtems_attribute,
  rtems_id *
);
rtems_status_code rtems_task_start(rtems_id, rtems_task_entry, rtems_task_argument);
rtems_status_code rtems_task_restart(rtems_id, rtems_task_argument);
rtems_status_code rtems_task_delete(rtems_id);
void rtems_task_exit(void) RTEMS_NO_RETURN;
rtems_status_code rtems_task_ident(rtems_name, uint32_t, rtems_id *);
rtems_id rtems_task_self(void);
rtems_status_code rtems_task_suspend(rtems_id);
rtems_status_code rtems_task_is_suspended(rtems_id);
rtems_status_code rtems_task_resume(rtems_id);
rtems_status_code rtems_task_set_priority(rtems_id, rtems_task_priority, rtems_task_priority *);
rtems_status_code rtems_task_get_priority(rtems_id, rtems_id, rtems_task_priority *);
rtems_status_code rtems_task_mode(rtems_mode, rtems_mode, rtems_mode *);
rtems_status_code rtems_task_wake_after(rtems_interval);
rtems_status_code rtems_task_wake_when(rtems_time_of_day *);
rtems_status_code rtems_scheduler_ident(rtems_name, rtems_id *);
rtems_status_code rtems_task_get_scheduler(rtems_id, rtems_id *);

#ifdef __cplusplus
}
#endif

#endif
