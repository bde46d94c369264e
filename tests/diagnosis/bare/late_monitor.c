/* A watchdog's handler checks the stack of whom it interrupted; its priority was computed of a level. */

#include "board.h"

static volatile uint32_t checks, work;
static uint32_t *volatile watched;

void UsageFault_Handler(void)
{
  SCB_CFSR = ~0u;
  ++checks;
  leave(7);
}

static uint8_t coded(unsigned level)
{
  return (uint8_t) (level << 5);
}

static void set_levels(void)
{
  SCB_SHCSR |= SHCSR_FAULTS;
  SCB_SHPR(6) = coded(3);
  NVIC_IPR(TIMER0_IRQ) = coded(2);
  NVIC_ISER0 = 1u << TIMER0_IRQ;
}

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  work += 1000 / (6 - work % 8);
}

int main(void)
{
  SCB_CCR |= CCR_DIV_0_TRP;
  set_levels();
  timer_start(0, 500);
  while (work < 100000) {
    wait_for_interrupt();
  }
  return 0;
}
