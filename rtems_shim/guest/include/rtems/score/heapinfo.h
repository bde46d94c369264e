/* What is told of a heap. */

#ifndef _RTEMS_SCORE_HEAPINFO_H
#define _RTEMS_SCORE_HEAPINFO_H

#include <stdint.h>

typedef struct {
  uint64_t lifetime_allocated;
  uint64_t lifetime_freed;
  uintptr_t size;
  uintptr_t free_size;
  uintptr_t min_free_size;
  uint32_t free_blocks;
  uint32_t max_free_blocks;
  uint32_t used_blocks;
  uint32_t max_search;
  uint32_t searches;
  uint32_t allocs;
  uint32_t failed_allocs;
  uint32_t frees;
  uint32_t resizes;
} Heap_Statistics;

typedef struct {
  uintptr_t number;
  uintptr_t largest;
  uintptr_t total;
} Heap_Information;

typedef struct {
  Heap_Information Free;
  Heap_Information Used;
  Heap_Statistics Stats;
} Heap_Information_block;

#endif
