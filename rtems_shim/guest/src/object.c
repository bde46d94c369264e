/* Object services that need no kernel: the parts of an id, names of APIs and classes, processors and schedulers. */

#include <rtems.h>
#include <rtems/score/thread.h>

#include "internal.h"

RTEMS_STATIC_ASSERT(sizeof(Thread_Control) == sizeof(struct rtems_shim_thread_control), Thread_Control);
RTEMS_STATIC_ASSERT(sizeof(rtems_task_config) == sizeof(struct rtems_shim_task_config), rtems_task_config);
RTEMS_STATIC_ASSERT(
  sizeof(rtems_object_api_class_information) == sizeof(struct rtems_shim_class_information),
  rtems_object_api_class_information
);
RTEMS_STATIC_ASSERT(
  sizeof(rtems_timer_information) == sizeof(struct rtems_shim_timer_information),
  rtems_timer_information
);
RTEMS_STATIC_ASSERT(
  sizeof(rtems_rate_monotonic_period_status) == sizeof(struct rtems_shim_period_status),
  rtems_rate_monotonic_period_status
);
RTEMS_STATIC_ASSERT(
  sizeof(rtems_rate_monotonic_period_statistics) == sizeof(struct rtems_shim_period_statistics),
  rtems_rate_monotonic_period_statistics
);
RTEMS_STATIC_ASSERT(
  sizeof(Heap_Information_block) == sizeof(struct rtems_shim_heap_information),
  Heap_Information_block
);

/* The functions behind macros of the same names. */

rtems_name (rtems_build_name)(char c1, char c2, char c3, char c4)
{
  return rtems_build_name(c1, c2, c3, c4);
}

rtems_id (rtems_build_id)(uint32_t api, uint32_t class_number, uint32_t node, uint32_t index)
{
  return rtems_build_id(api, class_number, node, index);
}

int (rtems_object_id_get_api)(rtems_id id)
{
  return (int) rtems_object_id_get_api(id);
}

int (rtems_object_id_get_class)(rtems_id id)
{
  return (int) rtems_object_id_get_class(id);
}

int (rtems_object_id_get_node)(rtems_id id)
{
  return (int) rtems_object_id_get_node(id);
}

int (rtems_object_id_get_index)(rtems_id id)
{
  return (int) rtems_object_id_get_index(id);
}

int (rtems_object_id_api_minimum)(void)
{
  return rtems_object_id_api_minimum();
}

int (rtems_object_id_api_maximum)(void)
{
  return rtems_object_id_api_maximum();
}

/* APIs and classes */

static const char *const internal_classes[] = { "Thread" };

static const char *const classic_classes[] = {
  "Task",
  "Timer",
  "Semaphore",
  "Message Queue",
  "Partition",
  "Region",
  "Port",
  "Period",
  "Extension",
  "Barrier"
};

static const char *const posix_classes[] = { "Thread", "Key", "Message Queue", "Semaphore", "Timer", "Shared Memory" };

static const struct {
  const char *name;
  const char *const *classes;
  int count;
} apis[] = {
  [OBJECTS_INTERNAL_API] = { "Internal", internal_classes, RTEMS_ARRAY_SIZE(internal_classes) },
  [OBJECTS_CLASSIC_API] = { "Classic", classic_classes, RTEMS_ARRAY_SIZE(classic_classes) },
  [OBJECTS_POSIX_API] = { "POSIX", posix_classes, RTEMS_ARRAY_SIZE(posix_classes) }
};

static bool is_api(int api)
{
  return api >= OBJECTS_INTERNAL_API && api <= OBJECTS_APIS_LAST;
}

int rtems_object_api_minimum_class(int api)
{
  return is_api(api) ? 1 : -1;
}

int rtems_object_api_maximum_class(int api)
{
  return is_api(api) ? apis[api].count : 0;
}

const char *rtems_object_get_api_name(int api)
{
  return is_api(api) ? apis[api].name : "BAD CLASS";
}

const char *rtems_object_get_api_class_name(int api, int class_number)
{
  if (!is_api(api)) {
    return "BAD API";
  }
  return class_number >= 1 && class_number <= apis[api].count ? apis[api].classes[class_number - 1] : "BAD CLASS";
}

/* One processor, and one scheduler for it. */

#define SCHEDULER_ID rtems_build_id(7, 1, 1, 1)

static bool is_thread(rtems_id id)
{
  rtems_task_priority ignored;

  return rtems_task_get_priority(id, SCHEDULER_ID, &ignored) == RTEMS_SUCCESSFUL;
}

static rtems_status_code store_scheduler(rtems_id *id)
{
  if (id == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  *id = SCHEDULER_ID;
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_scheduler_ident(rtems_name name, rtems_id *id)
{
  if (id != NULL && name != rtems_shim_scheduler_name) {
    return RTEMS_INVALID_NAME;
  }
  return store_scheduler(id);
}

rtems_status_code rtems_scheduler_ident_by_processor(uint32_t processor, rtems_id *id)
{
  return id != NULL && processor != 0 ? RTEMS_INVALID_NAME : store_scheduler(id);
}

rtems_status_code rtems_scheduler_ident_by_processor_set(size_t size, const cpu_set_t *set, rtems_id *id)
{
  if (set == NULL || id == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (size < sizeof(*set)) {
    return RTEMS_INVALID_SIZE;
  }
  return CPU_ISSET(0, set) ? store_scheduler(id) : RTEMS_INVALID_NAME;
}

rtems_status_code rtems_task_get_scheduler(rtems_id task, rtems_id *scheduler)
{
  if (scheduler == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  return is_thread(task) ? store_scheduler(scheduler) : RTEMS_INVALID_ID;
}

rtems_status_code rtems_scheduler_get_maximum_priority(rtems_id scheduler, rtems_task_priority *priority)
{
  if (priority == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (scheduler != SCHEDULER_ID) {
    return RTEMS_INVALID_ID;
  }
  *priority = RTEMS_MAXIMUM_PRIORITY;
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_scheduler_map_priority_from_posix(
  rtems_id scheduler,
  int posix_priority,
  rtems_task_priority *priority
)
{
  if (priority == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (scheduler != SCHEDULER_ID) {
    return RTEMS_INVALID_ID;
  }
  if (posix_priority < 1 || (rtems_task_priority) posix_priority >= RTEMS_MAXIMUM_PRIORITY) {
    return RTEMS_INVALID_PRIORITY;
  }
  *priority = RTEMS_MAXIMUM_PRIORITY - (rtems_task_priority) posix_priority;
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_scheduler_map_priority_to_posix(
  rtems_id scheduler,
  rtems_task_priority priority,
  int *posix_priority
)
{
  if (posix_priority == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (scheduler != SCHEDULER_ID) {
    return RTEMS_INVALID_ID;
  }
  if (priority == 0 || priority >= RTEMS_MAXIMUM_PRIORITY) {
    return RTEMS_INVALID_PRIORITY;
  }
  *posix_priority = (int) (RTEMS_MAXIMUM_PRIORITY - priority);
  return RTEMS_SUCCESSFUL;
}

rtems_status_code rtems_scheduler_get_processor_set(rtems_id scheduler, size_t size, cpu_set_t *set)
{
  if (set == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (scheduler != SCHEDULER_ID) {
    return RTEMS_INVALID_ID;
  }
  if (size < sizeof(*set)) {
    return RTEMS_INVALID_SIZE;
  }
  CPU_ZERO_S(size, set);
  CPU_SET(0, set);
  return RTEMS_SUCCESSFUL;
}

/* The processor is the scheduler's already, and it may not lose its last one. */
rtems_status_code rtems_scheduler_add_processor(rtems_id scheduler, uint32_t processor)
{
  if (scheduler != SCHEDULER_ID) {
    return RTEMS_INVALID_ID;
  }
  return processor == 0 ? RTEMS_RESOURCE_IN_USE : RTEMS_NOT_CONFIGURED;
}

rtems_status_code rtems_scheduler_remove_processor(rtems_id scheduler, uint32_t processor)
{
  if (scheduler != SCHEDULER_ID) {
    return RTEMS_INVALID_ID;
  }
  return processor == 0 ? RTEMS_RESOURCE_IN_USE : RTEMS_INVALID_NUMBER;
}

rtems_status_code rtems_task_get_affinity(rtems_id id, size_t size, cpu_set_t *set)
{
  if (set == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (!is_thread(id)) {
    return RTEMS_INVALID_ID;
  }
  return rtems_scheduler_get_processor_set(SCHEDULER_ID, size, set);
}

/* Any set with the processor in it is its whole set. */
rtems_status_code rtems_task_set_affinity(rtems_id id, size_t size, const cpu_set_t *set)
{
  if (set == NULL) {
    return RTEMS_INVALID_ADDRESS;
  }
  if (!is_thread(id)) {
    return RTEMS_INVALID_ID;
  }
  return size >= sizeof(*set) && CPU_ISSET(0, set) ? RTEMS_SUCCESSFUL : RTEMS_INVALID_NUMBER;
}

void rtems_task_iterate(rtems_task_visitor visit, void *argument)
{
  struct rtems_shim_thread_record record = { .id = 0 };

  while (rtems_shim_thread_get(record.id, &record) != 0) {
    if (visit((rtems_tcb *) record.control, argument)) {
      return;
    }
  }
}
