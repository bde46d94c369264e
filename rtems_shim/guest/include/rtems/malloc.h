/* Allocation from the C library's heap. */

#ifndef _RTEMS_MALLOC_H
#define _RTEMS_MALLOC_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

int rtems_memalign(void **, size_t, size_t);
void *rtems_heap_allocate_aligned_with_boundary(size_t, size_t, size_t);
void *rtems_heap_greedy_allocate(const uintptr_t *, size_t);
void *rtems_heap_greedy_allocate_all_except_largest(uintptr_t *);
void rtems_heap_greedy_free(void *);
void rtems_malloc_dirty_memory(void *, size_t);
void *rtems_calloc(size_t, size_t);
void *rtems_malloc(size_t);

#ifdef __cplusplus
}
#endif

#endif
