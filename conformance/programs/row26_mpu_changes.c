/* MPU changes: in force after DSB and ISB, also for the region one runs from. */
#include "console.h"
#include "faults.h"

#define CODE 0x20010000u

PROBE(close_own_region, "movs r3, #0\n\tstr r1, [r0]\n\tdsb\n\tisb\n\tmovs r3, #1\n\tmov r0, r3")
PROBE(toggle, "ldr r3, [r2]\n\tstr r1, [r0]\n\tdsb\n\tisb\n\tldr r0, [r2]")

int main(void)
{
    uint32_t *code = (uint32_t *)CODE;
    for (unsigned i = 0; i < 16; i++)
        code[i] = ((uint32_t *)((uint32_t)close_own_region & ~3u))[i];
    attempted copy = (attempted)(CODE + ((uint32_t)close_own_region & 3));
    enable_fault_handlers();
    MPU_RBAR = 0x10;
    MPU_RASR = RASR(32, 3, 0);
    MPU_RBAR = CODE | 0x17;
    MPU_RASR = RASR(8, 3, 0);
    MPU_CTRL = 1;
    BARRIER();
    TRY("runs", copy, (uint32_t)&MPU_RASR, RASR(8, 3, 0));
    attempt(copy, (uint32_t)&MPU_RASR, RASR(8, 3, 1), 0);
    print("PC after the ISB %d ", fault.frame[6] - (CODE + ((uint32_t)close_own_region & 2)) == 12);
    report("own region loses execution", 0);
    for (unsigned i = 0; i < 16; i++)
        code[i + 16] = code[i];
    MPU_RASR = RASR(8, 3, 0);
    BARRIER();
    /* the same, by code that never ran before */
    attempt((attempted)((uint32_t)copy + 64), (uint32_t)&MPU_RASR, RASR(8, 3, 1), 0);
    print("PC after the ISB %d ", fault.frame[6] - (CODE + 64 + ((uint32_t)close_own_region & 2)) == 12);
    report("fresh code loses execution", 0);
    MPU_RASR = RASR(8, 3, 0);
    BARRIER();
    report("runs again", attempt(copy, (uint32_t)&MPU_RASR, RASR(8, 3, 0), 0));
    for (int i = 0; i < 3; i++) {
        MPU_RASR = RASR(8, 3, 1);
        BARRIER();
        uint32_t result = attempt(toggle, (uint32_t)&MPU_RASR, RASR(8, 0, 1), CODE + 0x80);
        report("data region closed", result);
        result = attempt(toggle, (uint32_t)&MPU_CTRL, 0, 0x20018000);
        report("MPU off", result != FAULTED);
        MPU_CTRL = 1;
        BARRIER();
    }
    return 0;
}
