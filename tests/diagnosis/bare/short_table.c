/* A part with ten interrupts, says its header. The table has no more, and the limits of the driver follow it. */

#include "board.h"

extern uint32_t __stack_top, __data_load, __data_start, __data_end, __bss_start, __bss_end;

void Reset_Handler(void);
static volatile uint32_t overflows;

static void fault(void)
{
  for (;;) {
  }
}

static void timer_interrupt(void)
{
  TIMER_INTCLEAR(1) = 1;
  ++overflows;
}

__attribute__((section(".vectors"), used)) const void *const vectors[16 + 9] = {
  [0] = &__stack_top,
  [1] = (void *) Reset_Handler,
  [2] = (void *) fault,
  [3] = (void *) fault,
  [11] = (void *) fault,
  [16 + 8] = (void *) timer_interrupt, /* the fast timer has number 8 */
};

__attribute__((section(".vectors.limits"), used)) const uint32_t limits[4] = { 4095, 100, 250, 2000 };

static uint32_t clamp(uint32_t value)
{
  return value > limits[1] ? limits[1] : value;
}

int main(void)
{
  NVIC_ISER0 = 1u << TIMER1_IRQ;
  timer_start(1, 900);
  while (overflows < 3) {
    wait_for_interrupt();
  }
  print_number("overflows ", (long) clamp(overflows));
  return 0;
}

void Reset_Handler(void)
{
  const uint32_t *from = &__data_load;

  for (uint32_t *to = &__data_start; to < &__data_end;) {
    *to++ = *from++;
  }
  for (uint32_t *to = &__bss_start; to < &__bss_end;) {
    *to++ = 0;
  }
  uart_init();
  leave(main());
}
