/* Unprivileged code with a pool of its own: one MPU region for code, one for the pool and the stack. */

#include "board.h"

#define REGION_ENABLE 1u
#define SIZE_OF_REGION(log2) (((log2) - 2u) << 1)
#define FULL_ACCESS (3u << 24)
#define READ_ONLY (6u << 24)
#define XN (1u << 28)

static uint8_t pool[4096] __attribute__((aligned(4096)));
static uint32_t user_stack[256] __attribute__((aligned(1024)));
static uint32_t used;

static void set_region(unsigned number, const void *base, uint32_t attributes)
{
  MPU_RNR = number;
  MPU_RBAR = (uint32_t) base;
  MPU_RASR = attributes | REGION_ENABLE;
}

static void protect(void)
{
  set_region(0, (void *) 0, READ_ONLY | (17u << 1));
  set_region(1, pool, FULL_ACCESS | XN | SIZE_OF_REGION(12));
  set_region(2, user_stack, FULL_ACCESS | XN | (9u << 1));
  set_region(3, (void *) 0x40000000, FULL_ACCESS | XN | (28u << 1));
  set_region(4, &used, FULL_ACCESS | XN | (4u << 1));
  SCB_SHCSR |= SHCSR_FAULTS;
  MPU_CTRL = 5;
  __asm volatile("dsb\n\tisb" ::: "memory");
}

static void *take(uint32_t size)
{
  void *block = pool + used;

  used += size;
  return block;
}

static void fill(uint32_t *words, unsigned count, uint32_t value)
{
  for (unsigned i = 0; i < count; ++i) {
    words[i] = value;
  }
}

static void use_pool(void)
{
  for (unsigned i = 0; i < 6; ++i) {
    fill(take(512), 128, i);
  }
}

int main(void)
{
  protect();
  __asm volatile(
    "msr psp, %0\n\t"
    "mov r0, #3\n\t"
    "msr control, r0\n\t"
    "isb" ::"r"(user_stack + 256) : "r0", "memory");
  use_pool();
  print("used\n");
  for (;;) {
  }
}
