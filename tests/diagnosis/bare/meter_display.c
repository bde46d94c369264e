/* A meter: the tick counts, main shows. Both share the reading. */

#include "board.h"

#define TICK_PRIORITY 0x40

static volatile uint32_t ticks;
static uint32_t reading, peak;

static uint32_t mask_tick(void)
{
  uint32_t before;

  __asm volatile("mrs %0, basepri" : "=r"(before));
  __asm volatile("msr basepri, %0" ::"r"(TICK_PRIORITY) : "memory");
  return before;
}

static void unmask(uint32_t before)
{
  __asm volatile("msr basepri, %0" ::"r"(before) : "memory");
}

void SysTick_Handler(void)
{
  ++ticks;
  reading += ticks & 7;
  if (reading > peak) {
    peak = reading;
  }
}

static int take_reading(uint32_t *value)
{
  uint32_t before = mask_tick();

  if (reading == 0) {
    return 0;
  }
  *value = reading;
  reading = 0;
  unmask(before);
  return 1;
}

static void wait_ticks(uint32_t count)
{
  uint32_t until = ticks + count;

  while ((int32_t) (until - ticks) > 0) {
  }
}

int main(void)
{
  uint32_t value = 0;

  SCB_SHPR(15) = TICK_PRIORITY;
  SYST_RVR = 4999;
  SYST_CVR = 0;
  SYST_CSR = 7;
  for (unsigned i = 0; i < 10; ++i) {
    if (take_reading(&value)) {
      print_number("reading ", (long) value);
    }
    wait_ticks(2);
  }
  return 0;
}
