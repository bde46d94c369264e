/* The MPU for an unprivileged application: flash, its data, the UART. */

#include "board.h"

#define ATTR_RO 0x06020000u
#define ATTR_RW 0x03060000u
#define ATTR_DEVICE 0x13050000u
#define SIZE(log2) (((log2) - 1) << 1)
#define ENABLE 1u

struct region {
  uint32_t number;
  uint32_t base;
  uint32_t attributes;
};

static uint32_t app_data[64] __attribute__((aligned(256)));
static uint32_t app_stack[256] __attribute__((aligned(1024)));

static const struct region map[] = {
  { 0, 0x00000000, ATTR_RO | SIZE(18) | ENABLE },
  { 1, (uint32_t) app_data, ATTR_RW | SIZE(8) | ENABLE },
  { 2, (uint32_t) app_stack, ATTR_RW | SIZE(10) | ENABLE },
  { 1, 0x40004000, ATTR_DEVICE | SIZE(12) | ENABLE },
};

static void protect(void)
{
  for (unsigned i = 0; i < sizeof map / sizeof map[0]; ++i) {
    MPU_RBAR = map[i].base | 1u << 4 | map[i].number;
    MPU_RASR = map[i].attributes;
  }
  MPU_CTRL = 5;
  __asm volatile("dsb\n\tisb" ::: "memory");
}

static void fill(uint32_t seed)
{
  for (unsigned i = 0; i < 64; ++i) {
    app_data[i] = seed;
    seed = seed * 1103515245 + 12345;
  }
}

static uint32_t fold(void)
{
  uint32_t all = 0;

  for (unsigned i = 0; i < 64; ++i) {
    all ^= app_data[i];
  }
  return all;
}

static void application(void)
{
  fill(7);
  print_number("fold ", (long) (fold() & 0xFFFF));
  leave(0);
}

int main(void)
{
  SCB_SHCSR |= SHCSR_FAULTS;
  protect();
  __asm volatile("msr psp, %0\n\tmsr control, %1\n\tisb" : : "r"(app_stack + 256), "r"(3) : "memory");
  application();
  return 0;
}
