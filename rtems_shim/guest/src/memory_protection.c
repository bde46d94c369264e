/* Whether memory is a stack that the caller cannot use. */

#include <rtems.h>
#include <rtems/score/memoryprotection.h>

#include "internal.h"

rtems_status_code rtems_shim_memory_protection(uintptr_t begin, size_t size, uint32_t flags)
{
  struct rtems_shim_thread_record record = { .id = 0 };

  (void) flags; /* a stack is closed altogether: no less than any of them asks for */
  while (rtems_shim_thread_get(record.id, &record) != 0) {
    const bool within = begin >= record.stack_base && size <= record.stack_size &&
      begin - record.stack_base <= record.stack_size - size;

    if (within) {
      return record.id == rtems_task_self() ? RTEMS_NOT_IMPLEMENTED : RTEMS_SUCCESSFUL;
    }
  }
  return RTEMS_NOT_IMPLEMENTED;
}
