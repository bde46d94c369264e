/* Handlers of events are put into a table by main() and called by a timer's interrupt. */

#include "board.h"

typedef void (*handler)(uint32_t now);

static handler handlers[4];
static volatile uint32_t now, seen;

static void on_even(uint32_t time)
{
  seen += time;
}

static void on_odd(uint32_t time)
{
  seen -= time;
}

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  ++now;
  handlers[now & 3](now);
}

static void __attribute__((noinline)) fill(void)
{
  handlers[0] = on_even;
  handlers[1] = on_odd;
  handlers[2] = on_even;
}

int main(void)
{
  fill();
  timer_start(0, 200);
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  while (now < 20) {
  }
  print_number("seen ", (long) seen);
  return 0;
}
