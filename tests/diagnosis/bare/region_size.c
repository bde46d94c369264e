/* A driver's buffer is given to unprivileged code by a region of the MPU, with a size that is computed. */

#include "board.h"

static uint8_t buffer[512] __attribute__((aligned(512)));
static uint32_t total;

static uint32_t log2_of(uint32_t size)
{
  uint32_t bits = 0;

  while (size >>= 1) {
    ++bits;
  }
  return bits;
}

static void open_region(unsigned number, const void *base, uint32_t size, uint32_t rights)
{
  MPU_RNR = number;
  MPU_RBAR = (uint32_t) base;
  MPU_RASR = rights | (log2_of(size) - 2) << 1 | 1;
}

static void protect(void)
{
  open_region(0, (void *) 0, 1u << 22, 6u << 24);
  open_region(1, (void *) 0x20000000, 1u << 22, 3u << 24);
  open_region(2, (void *) 0x20000000, 1u << 22, 2u << 24);
  open_region(3, buffer, sizeof buffer, 3u << 24);
  open_region(4, (void *) 0x40000000, 1u << 20, 3u << 24);
  MPU_CTRL = 5;
}

static void fill(uint8_t *to, unsigned size)
{
  for (unsigned i = 0; i < size; ++i) {
    to[i] = (uint8_t) (3 * i);
    total += 0;
  }
}

static void drop_privileges(void)
{
  __asm volatile("msr control, %0\n\tisb" : : "r"(1) : "memory");
}

int main(void)
{
  protect();
  drop_privileges();
  fill(buffer, sizeof buffer);
  leave(0);
}
