/* Cache Manager: this processor has no caches. */

#ifndef _RTEMS_RTEMS_CACHE_H
#define _RTEMS_RTEMS_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include <rtems/rtems/status.h>

#ifdef __cplusplus
extern "C" {
#endif

void rtems_cache_flush_multiple_data_lines(const void *, size_t);
void rtems_cache_invalidate_multiple_data_lines(const void *, size_t);
void rtems_cache_invalidate_multiple_instruction_lines(const void *, size_t);
void rtems_cache_instruction_sync_after_code_change(const void *, size_t);
void rtems_cache_flush_entire_data(void);
void rtems_cache_invalidate_entire_data(void);
void rtems_cache_invalidate_entire_instruction(void);
void rtems_cache_enable_data(void);
void rtems_cache_disable_data(void);
void rtems_cache_enable_instruction(void);
void rtems_cache_disable_instruction(void);
void rtems_cache_freeze_data(void);
void rtems_cache_unfreeze_data(void);
void rtems_cache_freeze_instruction(void);
void rtems_cache_unfreeze_instruction(void);

/* In bytes; 0: there is none. */
size_t rtems_cache_get_data_line_size(void);
size_t rtems_cache_get_instruction_line_size(void);
size_t rtems_cache_get_maximal_line_size(void);
size_t rtems_cache_get_data_cache_size(uint32_t level);
size_t rtems_cache_get_instruction_cache_size(uint32_t level);

/* All memory is coherent: what is added for these is not needed. */
void *rtems_cache_aligned_malloc(size_t);
void *rtems_cache_coherent_allocate(size_t size, uintptr_t alignment, uintptr_t boundary);
void rtems_cache_coherent_free(void *);
void rtems_cache_coherent_add_area(void *, uintptr_t);

#ifdef __cplusplus
}
#endif

#endif
