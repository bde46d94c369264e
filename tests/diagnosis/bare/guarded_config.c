/* Protects the configuration with an MPU region, so that nothing can write it by mistake. */

#include "board.h"

struct config {
  uint32_t rate;
  uint32_t gain;
  uint32_t spare[30];
};

static struct {
  uint32_t counters[32];
  struct config config;
} memory __attribute__((aligned(256)));

static volatile uint32_t *const counters = memory.counters;

static void protect(unsigned region, const void *base, uint32_t rasr)
{
  MPU_RNR = region;
  MPU_RBAR = (uint32_t) base;
  MPU_RASR = rasr;
}

static void protect_config(void)
{
  /* privileged read-only, execute never, 256 bytes */
  protect(0, &memory.config, 1u << 28 | 5u << 24 | 7u << 1 | 1);
  MPU_CTRL = 5;
  SCB_SHCSR |= SHCSR_FAULTS;
  __asm volatile("dsb\n\tisb");
}

static void count(unsigned what)
{
  ++counters[what];
}

static uint32_t run(uint32_t rounds)
{
  for (uint32_t i = 0; i < rounds; ++i) {
    count(i % 32);
  }
  return counters[7];
}

int main(void)
{
  memory.config.rate = 100;
  memory.config.gain = 3;
  protect_config();
  print_number("count ", (long) run(100));
  return 0;
}
