/* Sleeps until a one-shot timer has run out; the interrupt that is enabled is that of another timer. */

#include "board.h"

#define DUALTIMER_LOAD REGISTER(0x40002000)
#define DUALTIMER_CONTROL REGISTER(0x40002008)
#define DUALTIMER_INTCLEAR REGISTER(0x4000200C)
#define DUALTIMER_IRQ 10

static volatile uint32_t conversions;

void DUALTIMER_Handler(void)
{
  DUALTIMER_INTCLEAR = 1;
  ++conversions;
}

static void enable_interrupt(unsigned irq)
{
  NVIC_ISER0 = 1u << irq;
}

static void start_conversion(void)
{
  DUALTIMER_CONTROL = 0x23; /* 32 bits, one-shot, with its interrupt */
  DUALTIMER_LOAD = 4000;
  DUALTIMER_CONTROL = 0xA3;
}

static void await_conversion(uint32_t number)
{
  while (conversions < number) {
    wait_for_interrupt();
  }
}

int main(void)
{
  enable_interrupt(TIMER1_IRQ);
  for (uint32_t number = 1; number <= 3; ++number) {
    start_conversion();
    await_conversion(number);
  }
  print_number("conversions ", (long) conversions);
  return 0;
}
