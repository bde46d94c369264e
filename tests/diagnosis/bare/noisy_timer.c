/* A timer counts seconds while main() computes. */

#include "board.h"

static volatile uint32_t seconds;

void TIMER0_Handler(void)
{
  ++seconds;
}

static uint32_t collatz(uint32_t number)
{
  uint32_t steps = 0;

  while (number != 1) {
    number = number % 2 ? 3 * number + 1 : number / 2;
    ++steps;
  }
  return steps;
}

int main(void)
{
  uint32_t longest = 0;

  timer_start(0, 5000);
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  for (uint32_t number = 1; number < 2000; ++number) {
    uint32_t steps = collatz(number);

    longest = steps > longest ? steps : longest;
  }
  print_number("longest ", (long) longest);
  return 0;
}
