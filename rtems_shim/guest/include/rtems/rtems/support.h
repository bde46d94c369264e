/* Small helpers of the Classic API. */

#ifndef _RTEMS_RTEMS_SUPPORT_H
#define _RTEMS_RTEMS_SUPPORT_H

#include <rtems/rtems/status.h>
#include <rtems/rtems/types.h>
#include <rtems/score/heapinfo.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The workspace. Memory that a program takes of it is room that the kernel has no more. */
bool rtems_workspace_get_information(Heap_Information_block *);
bool rtems_workspace_allocate(size_t, void **);
bool rtems_workspace_free(void *);
void *rtems_workspace_greedy_allocate(const uintptr_t *, size_t);
void *rtems_workspace_greedy_allocate_all_except_largest(uintptr_t *);
void rtems_workspace_greedy_free(void *);

static inline bool rtems_is_name_valid(rtems_name name)
{
  return name != 0;
}

static inline void rtems_name_to_characters(rtems_name name, char *c1, char *c2, char *c3, char *c4)
{
  *c1 = (char) (name >> 24);
  *c2 = (char) (name >> 16);
  *c3 = (char) (name >> 8);
  *c4 = (char) name;
}

#ifdef __cplusplus
}
#endif

#endif
