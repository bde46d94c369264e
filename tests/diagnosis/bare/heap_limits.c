/* A bump allocator between the end of .bss and the limit that the linker script gives. */

#include <string.h>

#include "board.h"

extern uint32_t __bss_end, __heap_limit;

static uint8_t *heap_next;
static uint8_t *heap_end;

static void heap_init(void)
{
  heap_next = (uint8_t *) &__bss_end;
  heap_end = (uint8_t *) __heap_limit;
}

static void *heap_take(uint32_t size)
{
  uint8_t *taken = heap_next;

  if (heap_end != 0 && taken + size > heap_end) {
    return 0;
  }
  heap_next += size;
  return taken;
}

static uint32_t fill_cache(unsigned blocks)
{
  uint32_t got = 0;

  for (unsigned i = 0; i < blocks; ++i) {
    uint8_t *block = heap_take(1024);

    if (block == 0) {
      break;
    }
    memset(block, (int) i, 1024);
    ++got;
  }
  return got;
}

int main(void)
{
  heap_init();
  print_number("blocks ", (long) fill_cache(100));
  return 0;
}
