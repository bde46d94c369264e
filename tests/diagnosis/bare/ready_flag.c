/* Waits for a conversion: an interrupt sets a flag. */

#include "board.h"

static int ready;
static uint32_t converted;

static uint32_t convert(uint32_t raw)
{
  return raw * 3300 / 4096;
}

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  TIMER_CTRL(0) = 0;
  converted = convert(2048);
  ready = 1;
}

static void start_conversion(void)
{
  ready = 0;
  timer_start(0, 1000);
}

static uint32_t await_conversion(void)
{
  while (!ready) {
  }
  return converted;
}

int main(void)
{
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  start_conversion();
  print_number("millivolts ", (long) await_conversion());
  return 0;
}
