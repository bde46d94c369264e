/* One region guards a table of calibration values; everything else is to stay as it is. */

#include "board.h"

static int32_t calibration[8] __attribute__((aligned(32))) = { 1000, 998, 1003, 1001, 997, 1000, 1002, 999 };
static int32_t last;

static void mpu_enable(uint32_t flags)
{
  __asm volatile("dsb" ::: "memory");
  MPU_CTRL = flags | 1;
  __asm volatile("dsb\n\tisb" ::: "memory");
}

static void guard(const void *base, uint32_t log2)
{
  MPU_RBAR = (uint32_t) base | 1u << 4 | 0;
  MPU_RASR = 1u << 28 | 6u << 24 | (log2 - 1) << 1 | 1;
  SCB_SHCSR |= 1u << 16;
  mpu_enable(0);
}

static int32_t correct(unsigned channel, int32_t raw)
{
  return raw * 1000 / calibration[channel & 7];
}

int main(void)
{
  guard(calibration, 5);
  for (unsigned i = 0; i < 8; ++i) last += correct(i, 500);
  print_number("last ", last);
  return 0;
}
