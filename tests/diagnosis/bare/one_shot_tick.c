/* Debounces a key by SysTick: the period is computed of the clock that the boot code chose. */

#include "board.h"

static volatile uint32_t milliseconds;
static uint32_t core_khz;

void SysTick_Handler(void)
{
  ++milliseconds;
}

static void choose_clock(uint32_t wanted)
{
  core_khz = wanted / 1000;
}

static void tick_start(void)
{
  SYST_RVR = core_khz / 1000;
  SYST_CVR = 0;
  SYST_CSR = 7;
}

static void settle(uint32_t time)
{
  uint32_t end = milliseconds + time;

  while ((int32_t) (end - milliseconds) > 0) {
    wait_for_interrupt();
  }
}

int main(void)
{
  choose_clock(25000);
  tick_start();
  settle(5);
  print("settled\n");
  return 0;
}
