/* A motor's current loop in a timer's handler asks the supervisor, by SVC, whether the drive may stay on. */

#include "board.h"

static volatile uint32_t samples, allowed;

void SVC_Handler(void)
{
  ++allowed;
}

static uint32_t may_drive(void)
{
  __asm volatile("svc 3" ::: "memory");
  return allowed;
}

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  if (may_drive() > 0) {
    ++samples;
  }
}

static void set_priorities(void)
{
  SCB_SHPR(11) = 0x60;
  SCB_SHPR(14) = 0xe0;
  NVIC_IPR(TIMER0_IRQ) = 0x80;
}

static void boost_current_loop(void)
{
  NVIC_IPR(TIMER0_IRQ) = 0x20;
}

int main(void)
{
  set_priorities();
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  timer_start(0, 900);
  while (samples < 5) {
    wait_for_interrupt();
  }
  boost_current_loop();
  while (samples < 12) {
    wait_for_interrupt();
  }
  print_number("samples ", (long) samples);
  return 0;
}
