/* Return to Thread mode from a nested exception: INVPC, or allowed by CCR.NONBASETHRDENA. */
#include "console.h"
#include "faults.h"

static volatile uint32_t to_thread, ipsr_after, usage_fault_cfsr;

/* Nested in IRQ4. Returns as it should, or to Thread mode (and then makes the stacked IPSR fit, when that is allowed). */
__attribute__((used)) static uint32_t choose(uint32_t *frame, uint32_t exc_return)
{
    if (!to_thread)
        return exc_return;
    if (SCB_CCR & 1)
        frame[7] &= ~0x1FFu;
    return 0xFFFFFFF9;
}

__attribute__((naked)) void IRQ5_Handler(void)
{
    __asm__("mov r0, sp\n\tmov r1, lr\n\tpush {r4, lr}\n\tbl choose\n\tpop {r4, lr}\n\tbx r0");
}

void IRQ4_Handler(void)
{
    NVIC_ISPR0 = 32;
    BARRIER();
    ipsr_after = READ_SPECIAL(ipsr);
    if (ipsr_after == 0)
        __asm__ volatile("svc #0" ::: "memory"); /* back into Handler mode, so that this handler can return */
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__("ldr r0, [sp, #28]\n\torr r0, #20\n\tstr r0, [sp, #28]\n\tldr r0, =0xFFFFFFF1\n\tbx r0\n\t.pool");
}

/* INVPC: note it and make the return that IRQ5 should have made. */
__attribute__((naked)) void UsageFault_Handler(void)
{
    __asm__("ldr r0, =0xE000ED28\n\tldr r1, [r0]\n\tstr r1, [r0]\n\tldr r0, =usage_fault_cfsr\n\tstr r1, [r0]\n\t"
            "ldr r0, =0xFFFFFFF1\n\tbx r0\n\t.pool");
}

static void run(const char *label)
{
    usage_fault_cfsr = 0;
    NVIC_ISPR0 = 16;
    BARRIER();
    print("%s: IPSR after the return %d cfsr=%x\n", label, (int)ipsr_after, usage_fault_cfsr);
}

int main(void)
{
    enable_fault_handlers();
    NVIC_ISER0 = 0x30;
    NVIC_IPR(4) = 0x80;
    NVIC_IPR(5) = 0x40;
    run("honest");
    to_thread = 1;
    run("to Thread mode");
    SCB_CCR |= 1;
    BARRIER();
    run("to Thread mode with NONBASETHRDENA");
    print("active %x ICSR %x\n", NVIC_IABR0, SCB_ICSR & 0x1FF);
    return 0;
}
