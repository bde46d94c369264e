/* Tasks run unprivileged. The motor's task stops its timer's interrupt while it changes the set point. */

#include "board.h"

static volatile uint32_t set_point, applied;

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  applied = set_point;
}

static void irq_disable(unsigned irq)
{
  NVIC_ICER0 = 1u << irq;
}

static void irq_enable(unsigned irq)
{
  NVIC_ISER0 = 1u << irq;
}

static void change_set_point(uint32_t value)
{
  irq_disable(TIMER0_IRQ);
  set_point = value;
  irq_enable(TIMER0_IRQ);
}

static void motor_task(void)
{
  for (uint32_t i = 0; i < 10; ++i) {
    change_set_point(100 * i);
  }
}

static void start_unprivileged(void (*task)(void))
{
  __asm volatile("msr control, %0\n\tisb" : : "r"(1) : "memory");
  task();
}

int main(void)
{
  irq_enable(TIMER0_IRQ);
  timer_start(0, 1000);
  start_unprivileged(motor_task);
  print_number("applied ", (long) applied);
  return 0;
}
