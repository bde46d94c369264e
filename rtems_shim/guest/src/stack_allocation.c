/* Stacks of the C library's heap. Whole pages: then one MPU region or two cover a stack. */

#include <stdlib.h>

#include <bsp/stackalloc.h>

#include <rtems.h>

#define PAGE 4096

void bsp_stack_allocate_init(size_t space)
{
  (void) space;
}

void *bsp_stack_allocate(size_t size)
{
  void *stack = NULL;

  return posix_memalign(&stack, PAGE, RTEMS_ALIGN_UP(size, (size_t) PAGE)) == 0 ? stack : NULL;
}

void bsp_stack_free(void *stack)
{
  free(stack);
}
