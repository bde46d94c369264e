/* A tick of a tenth of a second of a fast clock: the counter of SysTick has 24 bits. */

#include "board.h"

static volatile uint32_t tenths;

void SysTick_Handler(void)
{
  ++tenths;
}

static int tick_config(uint32_t clock, uint32_t rate)
{
  SYST_RVR = clock / rate;
  SYST_CVR = 0;
  SYST_CSR = 7;
  return 0;
}

static void pause_tenths(uint32_t count)
{
  uint32_t start = tenths;

  while (tenths - start < count) {
  }
}

int main(void)
{
  if (tick_config(0x0A000000, 10) != 0) {
    return 1;
  }
  pause_tenths(2);
  print("ready\n");
  return 0;
}
