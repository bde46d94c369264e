/* WFE and the event register, SEVONPEND, WFI under PRIMASK, SLEEPONEXIT. A sleep that never ends fails by timeout. */
#include "console.h"
#include "faults.h"

static volatile uint32_t interrupts, ticks, count_at_tick, thread_count;

void IRQ0_Handler(void)
{
    interrupts++;
    REGISTER(0xE000E014) = 20000; /* SysTick: one tick soon */
    REGISTER(0xE000E018) = 0;
    REGISTER(0xE000E010) = 7;
    SCB_SCR = 2;                  /* SLEEPONEXIT */
}

void SysTick_Handler(void)
{
    REGISTER(0xE000E010) = 0;
    SCB_SCR = 0;
    count_at_tick = thread_count;
    ticks++;
}

/* PRIMASK is set. Interrupt 1 pends below BASEPRI, which does not end the sleep; the tick above it does. */
static void sleep_under_basepri(void)
{
    NVIC_IPR(1) = 0x80;
    SCB_SHPR3 = 0x20000000;
    WRITE_SPECIAL(basepri, 0x40);
    NVIC_ISER0 = 2;
    NVIC_ISPR0 = 2;
    REGISTER(0xE000E014) = 20000;
    REGISTER(0xE000E018) = 0;
    REGISTER(0xE000E010) = 7;
    __asm__ volatile("dsb\n\twfi");
    print("WFI under BASEPRI: the tick has come: %s\n", SCB_ICSR & 1 << 26 ? "yes" : "no");
    REGISTER(0xE000E010) = 0;
    SCB_ICSR = 1 << 25;
    NVIC_ICPR0 = 2;
    WRITE_SPECIAL(basepri, 0);
    SCB_SHPR3 = 0;
}

int main(void)
{
    enable_fault_handlers();
    __asm__ volatile("sev\n\twfe");
    print("SEV then WFE\n");
    __asm__ volatile("sev\n\tsev\n\twfe");
    print("two SEV, one WFE\n");
    __asm__ volatile("svc #0\n\twfe" ::: "r0", "r1", "r2", "r3", "r12");
    print("an exception return sets the event\n");
    WRITE_SPECIAL(primask, 1);
    NVIC_ISER0 = 1;
    NVIC_ISPR0 = 1;
    __asm__ volatile("dsb\n\twfi");
    print("WFI wakes under PRIMASK, interrupts %d\n", (int)interrupts);
    NVIC_ICPR0 = 1;
    sleep_under_basepri();
    NVIC_ICER0 = 2;
    SCB_SCR = 0x10; /* SEVONPEND: also a disabled interrupt makes an event when it becomes pending */
    __asm__ volatile("sev\n\twfe");
    NVIC_ISPR0 = 2;
    __asm__ volatile("dsb\n\twfe");
    print("WFE wakes by SEVONPEND, interrupts %d\n", (int)interrupts);
    NVIC_ICPR0 = 2;
    SCB_SCR = 0;
    WRITE_SPECIAL(primask, 0);
    NVIC_ISPR0 = 1;
    BARRIER();
    thread_count++;
    while (!ticks)
        thread_count++;
    print("SLEEPONEXIT: interrupts %d, the thread ran before the tick: %s\n", (int)interrupts,
          count_at_tick ? "yes" : "no");
    print("SCR reads ");
    SCB_SCR = 0xFFFFFFFF;
    print("%x\n", SCB_SCR);
    return 0;
}
