/* CPACR: no coprocessor access at reset, privileged only, full; NOCP otherwise. */
#include "console.h"
#include "faults.h"

PROBE(fp, ".inst.w 0xEE300A01\n\tmovs r0, #1")    /* VADD.F32 s0, s0, s2 */
PROBE(fp_load, ".inst.w 0xED900A00\n\tmovs r0, #1") /* VLDR s0, [r0] */
PROBE(other, ".inst.w 0xEE010710\n\tmovs r0, #1") /* MCR p7, ... */
PROBE(read_cpacr, "ldr r0, [r0]")

static uint32_t somewhere[2];

static void access(uint32_t cpacr)
{
    SCB_CPACR = cpacr;
    BARRIER();
    print("CPACR %x\n", SCB_CPACR);
    TRY("privileged", fp, 0, 0);
    TRY("privileged load", fp_load, somewhere, 0);
    TRY_UNPRIVILEGED("unprivileged", fp, 0, 0);
}

int main(void)
{
    enable_fault_handlers();
    access(0);
    access(5 << 20);
    access(15 << 20);
    access(0xFFFFFFFF);
    TRY("coprocessor 7", other, 0, 0);
    TRY_UNPRIVILEGED("CPACR unprivileged", read_cpacr, 0xE000ED88, 0);
    return 0;
}
