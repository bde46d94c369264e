/* Delays by SysTick; the rate is computed from a table of clocks. */

#include "board.h"

struct clock { const char *name; uint32_t khz; };
static const struct clock clocks[] = { { "hse", 25000 }, { "hsi", 8000 }, { "lse", 32 } };
static volatile uint32_t ticks;

void SysTick_Handler(void)
{
  ++ticks;
}

static const struct clock *select_clock(unsigned battery)
{
  return battery < 20 ? &clocks[2] : battery < 50 ? &clocks[1] : &clocks[0];
}

static void tick_init(const struct clock *from, uint32_t hz)
{
  SYST_RVR = from->khz / hz;
  SYST_CVR = 0;
  SYST_CSR = 7;
}

static void delay(uint32_t count)
{
  uint32_t start = ticks;
  while (ticks - start < count)
    ;
}

static void blink(unsigned times)
{
  for (unsigned i = 0; i < times; ++i)
{
  print(i & 1 ? "." : "o");
  delay(2);
}

}
int main(void)
{
  tick_init(select_clock(80), 100);
  blink(3);
  tick_init(select_clock(15), 100);
  blink(3);
  return 0;
}
