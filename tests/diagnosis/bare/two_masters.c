/* Priorities: a handler waits for a flag that a less urgent handler sets. */

#include "board.h"

static volatile uint32_t done, started;

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  started = 1;
  NVIC_ISPR0 = 1u << TIMER1_IRQ;
  while (!done) {
  }
  done = 0;
}

void TIMER1_Handler(void)
{
  done = 1;
}

int main(void)
{
  NVIC_IPR(TIMER0_IRQ) = 0x40;
  NVIC_IPR(TIMER1_IRQ) = 0x80;
  NVIC_ISER0 = 1u << TIMER0_IRQ | 1u << TIMER1_IRQ;
  timer_start(0, 2000);
  for (;;) {
    if (started && done) {
      leave(0);
    }
  }
}
