/* What is in use: the C library's heap, and the kernel's objects. */

#include <malloc.h>
#include <string.h>

#include <rtems.h>
#include <rtems/libcsupport.h>
#include <rtems/malloc.h>

#include "internal.h"

extern char rtems_shim_heap_begin[], rtems_shim_heap_end[];

/* What sbrk() has not given yet is free, too, and lies behind the last free block of malloc(). */
static size_t never_given(const struct mallinfo *info)
{
  return (size_t) (rtems_shim_heap_end - rtems_shim_heap_begin) - (size_t) info->arena;
}

int malloc_info(Heap_Information_block *information)
{
  const struct mallinfo info = mallinfo();
  size_t untouched;

  if (information == NULL) {
    return -1;
  }
  untouched = never_given(&info);
  memset(information, 0, sizeof(*information));
  information->Free.number = (uintptr_t) info.ordblks;
  information->Free.largest = (uintptr_t) info.keepcost + untouched;
  information->Free.total = (uintptr_t) info.fordblks + untouched;
  information->Used.total = (uintptr_t) info.uordblks;
  information->Stats.size = (uintptr_t) (rtems_shim_heap_end - rtems_shim_heap_begin);
  information->Stats.free_size = information->Free.total;
  return 0;
}

size_t malloc_free_space(void)
{
  Heap_Information_block information;

  return malloc_info(&information) == 0 ? information.Free.total : 0;
}

/* Greedy allocations: everything but blocks of the given sizes. The blocks are a list, which frees them again. */

struct block {
  struct block *next;
};

static struct block *add(struct block *list, struct block *block)
{
  block->next = list;
  return block;
}

void rtems_heap_greedy_free(void *list)
{
  struct block *block = list;

  while (block != NULL) {
    struct block *next = block->next;

    free(block);
    block = next;
  }
}

static struct block *take_everything(void)
{
  struct block *list = NULL;
  size_t size = (size_t) (rtems_shim_heap_end - rtems_shim_heap_begin);

  while (size >= sizeof(*list)) {
    struct block *block = malloc(size);

    if (block != NULL) {
      list = add(list, block);
    } else {
      size /= 2;
    }
  }
  return list;
}

void *rtems_heap_greedy_allocate(const uintptr_t *sizes, size_t count)
{
  struct block *kept = NULL, *taken;
  size_t index;

  for (index = 0; index < count; ++index) {
    struct block *block = malloc(sizes[index] < sizeof(*block) ? sizeof(*block) : sizes[index]);

    kept = block != NULL ? add(kept, block) : kept;
  }
  taken = take_everything();
  rtems_heap_greedy_free(kept);
  return taken;
}

void *rtems_heap_greedy_allocate_all_except_largest(uintptr_t *size)
{
  size_t low = 0, high = (size_t) (rtems_shim_heap_end - rtems_shim_heap_begin);

  while (high - low > 1) { /* the largest block that malloc() gives */
    size_t middle = low + (high - low) / 2;
    void *block = malloc(middle);

    *(block != NULL ? &low : &high) = middle;
    free(block);
  }
  *size = low;
  return rtems_heap_greedy_allocate(size, 1);
}

/* So that nobody takes fresh memory for zeros. */
void rtems_malloc_dirty_memory(void *block, size_t size)
{
  memset(block, 0xCF, size);
}

/* Snapshots */

void rtems_resource_snapshot_take(rtems_resource_snapshot *snapshot)
{
  struct rtems_shim_resources resources;

  memset(snapshot, 0, sizeof(*snapshot));
  rtems_shim_resources_get(&resources);
  malloc_info(&snapshot->heap_info);
  rtems_workspace_get_information(&snapshot->workspace_info);
  memset(&snapshot->heap_info.Stats, 0, sizeof(snapshot->heap_info.Stats));
  snapshot->active_posix_key_value_pairs = resources.posix_key_value_pairs;
  snapshot->active_posix_keys = resources.posix_keys;
  snapshot->rtems_api.active_barriers = resources.barriers;
  snapshot->rtems_api.active_extensions = rtems_shim_extensions_in_use();
  snapshot->rtems_api.active_message_queues = resources.message_queues;
  snapshot->rtems_api.active_partitions = resources.partitions;
  snapshot->rtems_api.active_periods = resources.periods;
  snapshot->rtems_api.active_ports = resources.ports;
  snapshot->rtems_api.active_regions = resources.regions;
  snapshot->rtems_api.active_semaphores = resources.semaphores;
  snapshot->rtems_api.active_tasks = resources.tasks;
  snapshot->rtems_api.active_timers = resources.timers;
  snapshot->posix_api.active_message_queues = resources.posix_message_queues;
  snapshot->posix_api.active_semaphores = resources.posix_semaphores;
  snapshot->posix_api.active_threads = resources.posix_threads;
  snapshot->posix_api.active_timers = resources.posix_timers;
  snapshot->open_files = (int) resources.open_files;
}

bool rtems_resource_snapshot_equal(const rtems_resource_snapshot *left, const rtems_resource_snapshot *right)
{
  return memcmp(left, right, sizeof(*left)) == 0;
}

bool rtems_resource_snapshot_check(const rtems_resource_snapshot *snapshot)
{
  rtems_resource_snapshot now;

  rtems_resource_snapshot_take(&now);
  return rtems_resource_snapshot_equal(&now, snapshot);
}
