/* The lazy FP save faults: MLSPERR when the MPU refuses it, LSPERR when the bus does. */
#include "console.h"
#include "faults.h"

#define SAFE 0x20018000u
static volatile uint32_t deny_before_save, move_to_nothing, svc_ran;

static void deny(uint32_t base, uint32_t ap)
{
    MPU_RBAR = base | 0x17;
    MPU_RASR = RASR(12, ap, 1);
    MPU_CTRL = 5;
    BARRIER();
}

void SVC_Handler(void)
{
    uint32_t before = FPU_FPCCR & 1;
    if (deny_before_save)
        deny(SAFE, 0);
    if (move_to_nothing)
        FPU_FPCAR = 0x60001000;
    __asm__ volatile("vmov s1, %0" :: "r"(before) : "s1"); /* the first FP instruction saves s0-s15 */
    svc_ran = 2 + before;
    deny(0x20010000, 3);
}

PROBE(svc_with_fp, "vmov s0, r0\n\tmrs r3, psp\n\tmsr psp, r0\n\tmovs r2, #6\n\tmsr control, r2\n\tisb\n\tsvc #0\n\tmovs r2, #0\n\t"
                   "msr control, r2\n\tisb\n\tmsr psp, r3\n\tmovs r0, #1")

int main(void)
{
    enable_fault_handlers();
    SCB_SHPR2 = 0xFFu << 24; /* SVC less urgent than the faults */
    deny(0x20010000, 3);
    TRY("lazy save", svc_with_fp, SAFE + 0x800, 0);
    print("svc ran %d\n", (int)svc_ran);
    svc_ran = 0;
    deny_before_save = 1;
    uint32_t result = attempt(svc_with_fp, SAFE + 0x800, 0, 0);
    MPU_CTRL = 0;
    BARRIER();
    report("lazy save denied", result);
    print("svc ran %d LSPACT %d\n", (int)svc_ran, (int)(FPU_FPCCR & 1));
    svc_ran = deny_before_save = 0;
    move_to_nothing = 1;
    SCB_SHCSR &= ~0x80u; /* the fault left SVC active */
    result = attempt(svc_with_fp, SAFE + 0x800, 0, 0);
    report("lazy save to nothing", result);
    print("svc ran %d LSPACT %d\n", (int)svc_ran, (int)(FPU_FPCCR & 1));
    return 0;
}
