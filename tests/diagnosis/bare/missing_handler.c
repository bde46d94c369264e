/* Two timers: one counts, the other flushes. Its handler has a name that is not in the vector table. */

#include "board.h"

static volatile uint32_t counted, flushed;

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  ++counted;
}

void TIMER1_IRQHandler(void);

void TIMER1_IRQHandler(void)
{
  TIMER_INTCLEAR(1) = 1;
  flushed = counted;
}

static void start_timers(void)
{
  timer_start(0, 400);
  timer_start(1, 3000);
  NVIC_ISER0 = 1u << TIMER0_IRQ | 1u << TIMER1_IRQ;
}

static void wait_for(const volatile uint32_t *value, uint32_t until)
{
  while (*value < until) {
    wait_for_interrupt();
  }
}

int main(void)
{
  start_timers();
  wait_for(&counted, 5);
  print("five\n");
  wait_for(&flushed, 20);
  print_number("flushed ", (long) flushed);
  return 0;
}
