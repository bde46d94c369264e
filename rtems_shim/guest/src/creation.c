/*
 * Making and starting threads, where the application has a word: its extensions, which may refuse a thread, and its own
 * allocator of stacks. A program that has neither makes one trap.
 */

#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include <rtems.h>

#include "internal.h"


/* Tasks with memory of their own, and a routine that frees it, are gone for the application when it is called. */
static bool storage_is_to_be_freed;

static void bury(void)
{
  if (rtems_shim_extended() || storage_is_to_be_freed) {
    rtems_shim_bury();
  }
}

static rtems_status_code accept(rtems_status_code status, const rtems_id *id)
{
  if (status == RTEMS_SUCCESSFUL && rtems_shim_extended() && !rtems_shim_thread_created(*id)) {
    rtems_shim_thread_unmake(*id);
    return RTEMS_UNSATISFIED;
  }
  return status;
}

size_t rtems_shim_stack_size(size_t wanted, size_t least)
{
  return RTEMS_ALIGN_UP((wanted < least ? least : wanted) + rtems_shim_configuration.tls_size, (size_t) CPU_ALIGNMENT);
}

/* Classic tasks */

rtems_status_code rtems_task_construct(const rtems_task_config *config, rtems_id *id)
{
  bury();
  storage_is_to_be_freed = storage_is_to_be_freed || (config != NULL && config->storage_free != NULL);
  return accept((rtems_status_code) rtems_shim_rtems_task_construct((void *) config, id), id);
}

/* On a stack of the application's allocator. */
static rtems_status_code create_on_own_stack(
  rtems_name name,
  rtems_task_priority priority,
  size_t size,
  rtems_mode modes,
  rtems_attribute attributes,
  rtems_id *id
)
{
  rtems_task_config config = {
    .name = name,
    .initial_priority = priority,
    .storage_size = rtems_shim_stack_size(size, rtems_shim_configuration.minimum_stack_size),
    .storage_free = rtems_shim_stack_free,
    .initial_modes = modes,
    .attributes = attributes
  };
  rtems_status_code status;

  config.storage_area = rtems_shim_stack_allocate(config.storage_size);
  if (config.storage_area == NULL) {
    return RTEMS_UNSATISFIED;
  }
  status = rtems_task_construct(&config, id);
  if (status != RTEMS_SUCCESSFUL) {
    rtems_shim_stack_free(config.storage_area);
  }
  return status;
}

rtems_status_code rtems_task_create(
  rtems_name name,
  rtems_task_priority priority,
  size_t size,
  rtems_mode modes,
  rtems_attribute attributes,
  rtems_id *id
)
{
  if (rtems_shim_stack_allocate != NULL && name != 0 && id != NULL) {
    return create_on_own_stack(name, priority, size, modes, attributes, id);
  }
  bury();
  return accept((rtems_status_code) rtems_shim_rtems_task_create(name, priority, size, modes, attributes, id), id);
}

/* No switch comes between the start and the extensions' routines. */
rtems_status_code rtems_task_start(rtems_id id, rtems_task_entry entry, rtems_task_argument argument)
{
  rtems_interrupt_level level;
  rtems_status_code status;

  if (!rtems_shim_extended()) {
    return (rtems_status_code) rtems_shim_rtems_task_start(id, (void *) entry, argument);
  }
  rtems_interrupt_disable(level);
  status = (rtems_status_code) rtems_shim_rtems_task_start(id, (void *) entry, argument);
  if (status == RTEMS_SUCCESSFUL) {
    rtems_shim_thread_started(id);
  }
  rtems_interrupt_enable(level);
  return status;
}

/* POSIX threads */

static int launch(pthread_t id)
{
  rtems_interrupt_level level;

  if (rtems_shim_extended() && !rtems_shim_thread_created(id)) {
    rtems_shim_thread_unmake(id);
    return EAGAIN;
  }
  rtems_interrupt_disable(level);
  rtems_shim_thread_launch(id);
  rtems_shim_thread_started(id);
  rtems_interrupt_enable(level);
  return 0;
}

static int make(pthread_t *id, const pthread_attr_t *attributes, void *(*entry)(void *), void *argument)
{
  int error = rtems_shim_pthread_make(id, (void *) attributes, (void *) entry, argument);

  return error != 0 ? error : launch(*id);
}

static int make_on_own_stack(pthread_t *id, const pthread_attr_t *given, void *(*entry)(void *), void *argument)
{
  pthread_attr_t attributes;
  int error;

  if (given != NULL) {
    attributes = *given;
  } else {
    pthread_attr_init(&attributes);
  }
  attributes.stacksize = rtems_shim_stack_size(attributes.stacksize, rtems_shim_configuration.minimum_posix_stack_size);
  attributes.stackaddr = rtems_shim_stack_allocate(attributes.stacksize);
  if (attributes.stackaddr == NULL) {
    return EAGAIN;
  }
  error = rtems_shim_pthread_make(id, &attributes, (void *) entry, argument);
  if (error == 0) {
    storage_is_to_be_freed = true;
    rtems_shim_thread_storage(*id, attributes.stackaddr, (void *) rtems_shim_stack_free);
    error = launch(*id);
  }
  if (error != 0) {
    rtems_shim_stack_free(attributes.stackaddr);
  }
  return error;
}

int pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*entry)(void *), void *argument)
{
  bury();
  if (rtems_shim_stack_allocate != NULL && (attributes == NULL || attributes->stackaddr == NULL)) {
    return make_on_own_stack(id, attributes, entry, argument);
  }
  if (rtems_shim_extended()) {
    return make(id, attributes, entry, argument);
  }
  return rtems_shim_pthread_create(id, (void *) attributes, (void *) entry, argument);
}
