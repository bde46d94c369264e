/* A scheduler asks for a switch by PendSV. */
#include "board.h"
struct task { uint32_t *sp; uint32_t wakes; };
static struct task tasks[2];
static volatile uint32_t ticks;
static void reschedule(void)
{
  SCB_ICSR = ICSR_PENDSVSET;
  __asm volatile("dsb\n\tisb" ::: "memory");
}
void SysTick_Handler(void)
{
  ++ticks;
  for (unsigned i = 0; i < 2; ++i)
    if (tasks[i].wakes == ticks) reschedule();
}
int main(void)
{
  tasks[0].wakes = 5;
  tasks[1].wakes = 9;
  SYST_RVR = 999; SYST_CVR = 0; SYST_CSR = 7;
  while (ticks < 20) wait_for_interrupt();
  return 0;
}
