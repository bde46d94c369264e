/* A kernel of one's own: tasks and interrupt handlers wake tasks by a system call. */

#include "board.h"

#define EVENTS 4

static volatile uint32_t posted[EVENTS];
static volatile uint32_t ticks;

static inline uint32_t system_call(uint32_t event)
{
  register uint32_t r0 __asm("r0") = event;

  __asm volatile("svc #1" : "+r"(r0) : : "memory");
  return r0;
}

static void os_post(uint32_t event)
{
  if (event < EVENTS) {
    system_call(event);
  }
}

void SVC_Handler(void)
{
  uint32_t *frame;

  __asm volatile("mrs %0, msp" : "=r"(frame));
  (void) frame;
  ++posted[0];
}

void SysTick_Handler(void)
{
  ++ticks;
}

void TIMER0_Handler(void)
{
  TIMER_INTCLEAR(0) = 1;
  os_post(2);
}

static void configure_priorities(void)
{
  SCB_SHPR(15) = 0xC0;
  SCB_SHPR(11) = 0x40;
  NVIC_IPR(TIMER0_IRQ) = 0x20;
}

int main(void)
{
  configure_priorities();
  os_post(1);
  print_number("posted ", (long) posted[0]);
  timer_start(0, 500);
  NVIC_ISER0 = 1u << TIMER0_IRQ;
  while (posted[0] < 5) {
    wait_for_interrupt();
  }
  print("done\n");
  return 0;
}
