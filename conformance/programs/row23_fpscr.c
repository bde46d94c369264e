/* FPSCR: from FPDSCR in a new context, kept while ASPEN is clear, saved and restored with a context. */
#include "console.h"
#include "faults.h"

void PendSV_Handler(void) {}

static uint32_t fpscr(void)
{
    uint32_t value;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(value));
    return value;
}

static void pend(void)
{
    SCB_ICSR = 1 << 28;
    BARRIER();
}

static void show(const char *label) { print("%s: FPSCR %x CONTROL %x\n", label, fpscr(), READ_SPECIAL(control)); }

int main(void)
{
    enable_fault_handlers();
    FPU_FPDSCR = 0x03000000;
    WRITE_SPECIAL(control, 0);
    show("VMRS makes the context");
    WRITE_SPECIAL(control, 0);
    FPU_FPCCR = (FPU_FPCCR & ~0xC0000000u) | 0x80000000; /* ASPEN only */
    BARRIER();
    __asm__ volatile("vmov s3, %0" ::"r"(1) : "s3");
    show("VMOV makes the context");
    __asm__ volatile("vmsr fpscr, %0" ::"r"(0x02400000));
    pend();
    show("after an exception");
    FPU_FPCCR &= ~0xC0000000u;
    BARRIER();
    show("no automatic state");
    WRITE_SPECIAL(control, 0);
    show("FPCA cleared");
    __asm__ volatile("vmov s3, %0" ::"r"(1) : "s3");
    show("no new context");
    pend();
    show("after an exception without FP state");
    WRITE_SPECIAL(control, 4);
    pend();
    show("after an exception with FPCA set by hand");
    FPU_FPCCR |= 0xC0000000u;
    BARRIER();
    show("automatic again");
    WRITE_SPECIAL(control, 0);
    show("a new context");
    return 0;
}
