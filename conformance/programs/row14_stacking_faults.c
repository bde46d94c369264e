/* Faults while stacking and unstacking, by the MPU and by the bus, and of the lazy FP save. */
#include "console.h"
#include "faults.h"

#define SAFE 0x20018000u   /* stack for Thread mode */
#define GUARD 0x20010000u  /* 64 KiB below: the MPU denies the 32 KiB from here */

static volatile uint32_t svc_ran, new_psp;

/* Counts, and moves PSP when asked to, so that the return unstacks from there. */
void SVC_Handler(void)
{
    svc_ran++;
    if (new_psp) {
        WRITE_SPECIAL(psp, new_psp);
        new_psp = 0;
    }
    WRITE_SPECIAL(control, READ_SPECIAL(control) & ~1u);
}

PROBE(svc_on, "mrs r3, psp\n\tmsr psp, r0\n\tmovs r2, #2\n\tmsr control, r2\n\tisb\n\tsvc #0\n\tmovs r2, #0\n\tmsr control, r2\n\t"
              "isb\n\tmsr psp, r3\n\tmovs r0, #1")
#ifdef __ARM_FP
PROBE(svc_with_fp, "vmov s0, r0\n\tmrs r3, psp\n\tmsr psp, r0\n\tmovs r2, #6\n\tmsr control, r2\n\tisb\n\tsvc #0\n\tmovs r2, #0\n\t"
                   "msr control, r2\n\tisb\n\tmsr psp, r3\n\tmovs r0, #1")
#endif

static void try_stack(const char *label, attempted f, uint32_t psp, uint32_t moved)
{
    svc_ran = 0;
    new_psp = moved;
    uint32_t result = attempt(f, psp, 0, 0);
    new_psp = 0;
    if (fault.count)
        print("EXC_RETURN %x ", fault.exc_return);
    print("svc ran %d ", (int)svc_ran);
    report(label, result);
}

int main(void)
{
    enable_fault_handlers();
    MPU_RBAR = GUARD | 0x17;
    MPU_RASR = RASR(15, 0, 1);
    MPU_CTRL = 5;
    BARRIER();
    try_stack("good", svc_on, SAFE + 0x100, 0);
    try_stack("stacking, MPU", svc_on, GUARD + 0x1000, 0);
    try_stack("stacking, partly denied", svc_on, SAFE + 0x10, 0);
    try_stack("stacking, bus", svc_on, 0x60001000, 0);
#ifdef __ARM_FP
    FPU_FPCCR &= ~0x40000000u; /* not lazy: S0 to S15 are stacked at once */
    BARRIER();
    try_stack("stacking with FP", svc_with_fp, SAFE + 0x100, 0);
    try_stack("stacking FP, MPU", svc_with_fp, GUARD + 0x1000, 0);
    try_stack("stacking FP, bus", svc_with_fp, 0x60001000, 0);
    FPU_FPCCR |= 0x40000000u;
    BARRIER();
#endif
    try_stack("unstacking, MPU", svc_on, SAFE + 0x100, GUARD + 0x1000);
    try_stack("unstacking, bus", svc_on, SAFE + 0x100, 0x60001000);
    uint32_t *kept = (uint32_t *)SAFE;
    for (int i = 0; i < 8; i++)
        kept[i] = 0xDEADDEAD;
    try_stack("the rest of the frame", svc_on, SAFE + 0x10, 0);
    print("R12, LR, PC, xPSR stored: %s %s %s %s\n", kept[0] != 0xDEADDEAD ? "yes" : "no",
          kept[1] != 0xDEADDEAD ? "yes" : "no", kept[2] != 0xDEADDEAD ? "yes" : "no",
          kept[3] != 0xDEADDEAD ? "yes" : "no");
    SCB_SHCSR = 0;
    BARRIER();
    try_stack("stacking, escalated", svc_on, GUARD + 0x1000, 0);
    try_stack("unstacking, escalated", svc_on, SAFE + 0x100, 0x60001000);
    return 0;
}
