/* One conversion at a time: main() starts it and sleeps until the handler says that it is done. */

#include "board.h"

static volatile uint32_t done;
static volatile uint32_t result;
static volatile uint32_t longest;

void TIMER1_Handler(void)
{
  TIMER_INTCLEAR(1) = 1;
  TIMER_CTRL(1) = 0;
  result = result * 3 + 1;
  done = 1;
}

static void start_conversion(uint32_t length)
{
  done = 0;
  timer_start(1, length);
}

static uint32_t check_limits(uint32_t value)
{
  uint32_t steps = 0;

  while (value > 1 && steps < 40) {
    value = value & 1 ? value * 3 + 1 : value / 2;
    ++steps;
  }
  return steps;
}

static uint32_t convert(uint32_t length)
{
  start_conversion(length);
  while (!done) {
    longest = check_limits(result);
    wait_for_interrupt();
  }
  return result;
}

int main(void)
{
  uint32_t sum = 0;

  NVIC_ISER0 = 1u << TIMER1_IRQ;
  for (uint32_t i = 0; i < 40; ++i) {
    sum += convert(400 - 10 * i);
  }
  print_number("sum ", (long) sum);
  return 0;
}
