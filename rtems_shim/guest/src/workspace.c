/* The workspace as a program may use it: room of the kernel's, and for what the program stores memory of the heap. */

#include <stdlib.h>

#include <rtems.h>
#include <rtems/malloc.h>

#include "internal.h"

struct block {
  uint32_t room; /* the kernel's address for it */
  uint32_t padding;
  uint64_t data[];
};

bool rtems_workspace_get_information(Heap_Information_block *information)
{
  if (information == NULL) {
    return false;
  }
  rtems_shim_workspace_information(information);
  return true;
}

bool rtems_workspace_allocate(size_t size, void **pointer)
{
  struct block *block;
  uint32_t room;

  if (pointer == NULL || size == 0) {
    return false;
  }
  room = rtems_shim_workspace_take(size);
  if (room == 0) {
    return false;
  }
  block = malloc(sizeof(*block) + size);
  if (block == NULL) {
    rtems_shim_workspace_give(room);
    return false;
  }
  block->room = room;
  *pointer = block->data;
  return true;
}

bool rtems_workspace_free(void *pointer)
{
  struct block *block;

  if (pointer != NULL) {
    block = RTEMS_CONTAINER_OF(pointer, struct block, data);
    rtems_shim_workspace_give(block->room);
    free(block);
  }
  return true;
}

void *rtems_workspace_greedy_allocate(const uintptr_t *sizes, size_t count)
{
  return (void *) rtems_shim_workspace_greedy((void *) sizes, count);
}

void *rtems_workspace_greedy_allocate_all_except_largest(uintptr_t *size)
{
  return (void *) rtems_shim_workspace_greedy_largest(size);
}

void rtems_workspace_greedy_free(void *allocation)
{
  rtems_shim_workspace_greedy_free((uint32_t) allocation);
}
