/* A key's interrupt waits until it does not bounce any more. */

#include "board.h"

static volatile uint32_t milliseconds;
static volatile uint32_t presses;

void SysTick_Handler(void)
{
  ++milliseconds;
}

static void delay(uint32_t time)
{
  uint32_t start = milliseconds;

  while (milliseconds - start < time) {
  }
}

static void debounce(void)
{
  delay(5);
  ++presses;
}

void TIMER1_Handler(void)
{
  TIMER_INTCLEAR(1) = 1;
  debounce();
}

int main(void)
{
  SYST_RVR = 1000;
  SYST_CVR = 0;
  SYST_CSR = 7;
  NVIC_ISER0 = 1u << TIMER1_IRQ;
  timer_start(1, 20000);
  while (presses < 3) {
    wait_for_interrupt();
  }
  print_number("presses ", (long) presses);
  return 0;
}
