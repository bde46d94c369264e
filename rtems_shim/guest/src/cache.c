/* Cache Manager, of a processor that has no caches. */

#include <stdlib.h>

#include <rtems.h>
#include <rtems/malloc.h>

#define NOTHING_WITH_LINES(name) \
  void name(const void *begin, size_t size) \
  { \
    (void) begin; \
    (void) size; \
  }

NOTHING_WITH_LINES(rtems_cache_flush_multiple_data_lines)
NOTHING_WITH_LINES(rtems_cache_invalidate_multiple_data_lines)
NOTHING_WITH_LINES(rtems_cache_invalidate_multiple_instruction_lines)

/* New code needs no cache, but the instructions that were fetched already are of the old one. */
void rtems_cache_instruction_sync_after_code_change(const void *begin, size_t size)
{
  (void) begin;
  (void) size;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
}

#define NOTHING(name) \
  void name(void) \
  { \
  }

NOTHING(rtems_cache_flush_entire_data)
NOTHING(rtems_cache_invalidate_entire_data)
NOTHING(rtems_cache_invalidate_entire_instruction)
NOTHING(rtems_cache_enable_data)
NOTHING(rtems_cache_disable_data)
NOTHING(rtems_cache_enable_instruction)
NOTHING(rtems_cache_disable_instruction)
NOTHING(rtems_cache_freeze_data)
NOTHING(rtems_cache_unfreeze_data)
NOTHING(rtems_cache_freeze_instruction)
NOTHING(rtems_cache_unfreeze_instruction)

#define NO_LINE(name) \
  size_t name(void) \
  { \
    return 0; \
  }

NO_LINE(rtems_cache_get_data_line_size)
NO_LINE(rtems_cache_get_instruction_line_size)
NO_LINE(rtems_cache_get_maximal_line_size)

#define NO_CACHE(name) \
  size_t name(uint32_t level) \
  { \
    (void) level; \
    return 0; \
  }

NO_CACHE(rtems_cache_get_data_cache_size)
NO_CACHE(rtems_cache_get_instruction_cache_size)

void *rtems_cache_aligned_malloc(size_t size)
{
  return malloc(size);
}

void *rtems_cache_coherent_allocate(size_t size, uintptr_t alignment, uintptr_t boundary)
{
  return rtems_heap_allocate_aligned_with_boundary(size, alignment, boundary);
}

void rtems_cache_coherent_free(void *memory)
{
  free(memory);
}

void rtems_cache_coherent_add_area(void *begin, uintptr_t size)
{
  (void) begin;
  (void) size;
}
