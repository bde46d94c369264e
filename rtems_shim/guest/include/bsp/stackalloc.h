/* The board's allocator of stacks, for CONFIGURE_TASK_STACK_ALLOCATOR and its kin: whole pages of the C library's heap. */

#ifndef LIBBSP_SHARED_STACK_ALLOC_H
#define LIBBSP_SHARED_STACK_ALLOC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void bsp_stack_allocate_init(size_t);
void *bsp_stack_allocate(size_t);
void bsp_stack_free(void *);

#ifdef __cplusplus
}
#endif

#endif
