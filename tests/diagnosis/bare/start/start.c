/* Start-up of the programs on a bare machine, as a vendor's: weak handlers, .data copied, .bss cleared, then main(). */

#include "board.h"

extern uint32_t __stack_top, __data_load, __data_start, __data_end, __bss_start, __bss_end;

int main(void);
void Reset_Handler(void);
void Default_Handler(void);

void Reset_Handler(void)
{
  uint32_t *to = &__data_start;

  for (const uint32_t *from = &__data_load; to < &__data_end; ++from) {
    *to++ = *from;
  }
  for (to = &__bss_start; to < &__bss_end; ++to) {
    *to = 0;
  }
  uart_init();
  leave(main());
}

void Default_Handler(void)
{
  for (;;) {
  }
}

#define WEAK_HANDLER(name) void name(void) __attribute__((weak, alias("Default_Handler")))

WEAK_HANDLER(NMI_Handler);
WEAK_HANDLER(HardFault_Handler);
WEAK_HANDLER(MemManage_Handler);
WEAK_HANDLER(BusFault_Handler);
WEAK_HANDLER(UsageFault_Handler);
WEAK_HANDLER(SVC_Handler);
WEAK_HANDLER(DebugMon_Handler);
WEAK_HANDLER(PendSV_Handler);
WEAK_HANDLER(SysTick_Handler);
WEAK_HANDLER(IRQ0_Handler);
WEAK_HANDLER(IRQ1_Handler);
WEAK_HANDLER(IRQ2_Handler);
WEAK_HANDLER(IRQ3_Handler);
WEAK_HANDLER(IRQ4_Handler);
WEAK_HANDLER(IRQ5_Handler);
WEAK_HANDLER(IRQ6_Handler);
WEAK_HANDLER(IRQ7_Handler);
WEAK_HANDLER(TIMER0_Handler);
WEAK_HANDLER(TIMER1_Handler);
WEAK_HANDLER(DUALTIMER_Handler);

__attribute__((section(".vectors"), used)) const void *const vectors[16 + 32] = {
  &__stack_top,
  (void *) Reset_Handler,
  (void *) NMI_Handler,
  (void *) HardFault_Handler,
  (void *) MemManage_Handler,
  (void *) BusFault_Handler,
  (void *) UsageFault_Handler,
  0,
  0,
  0,
  0,
  (void *) SVC_Handler,
  (void *) DebugMon_Handler,
  0,
  (void *) PendSV_Handler,
  (void *) SysTick_Handler,
  (void *) IRQ0_Handler,
  (void *) IRQ1_Handler,
  (void *) IRQ2_Handler,
  (void *) IRQ3_Handler,
  (void *) IRQ4_Handler,
  (void *) IRQ5_Handler,
  (void *) IRQ6_Handler,
  (void *) IRQ7_Handler,
  (void *) TIMER0_Handler,
  (void *) TIMER1_Handler,
  (void *) DUALTIMER_Handler,
};
