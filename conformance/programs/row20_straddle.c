/* An access across two regions is checked at both ends; MMFAR is the address that failed. */
#include "console.h"
#include "faults.h"

PROBE(ldr, "ldr r0, [r0]")
PROBE(ldrh, "ldrh r0, [r0]")
PROBE(str, "str r1, [r0]\n\tmovs r0, #1")
PROBE(ldrd, "ldrd r2, r3, [r0]\n\tmov r0, r2")
PROBE(strd, "strd r1, r1, [r0]\n\tmovs r0, #1")
PROBE(ldm, "ldm r0, {r1, r2, r3}\n\tmov r0, r3")

static void at(uint32_t edge)
{
    print("edge %x\n", edge);
    for (uint32_t i = 0; i < 8; i++)
        ((volatile uint32_t *)(edge - 16))[i & 3] = i;
    TRY("ldr before", ldr, edge - 4, 0);
    TRY("ldr -3", ldr, edge - 3, 0);
    TRY("ldr -2", ldr, edge - 2, 0);
    TRY("ldr -1", ldr, edge - 1, 0);
    TRY("ldrh -1", ldrh, edge - 1, 0);
    TRY("str -1", str, edge - 1, 0x01020304);
    TRY("ldrd", ldrd, edge - 4, 0);
    TRY("strd", strd, edge - 4, 0x0A0B0C0D);
    TRY("ldm", ldm, edge - 8, 0);
    print("last word before %x\n", *(volatile uint32_t *)(edge - 4));
}

int main(void)
{
    enable_fault_handlers();
    MPU_RBAR = 0x10;
    MPU_RASR = RASR(32, 3, 0);
    MPU_RBAR = 0x20010400 | 0x16; /* from a page boundary */
    MPU_RASR = RASR(8, 0, 0);
    MPU_RBAR = 0x20010A20 | 0x17; /* inside a page */
    MPU_RASR = RASR(5, 0, 0);
    MPU_CTRL = 1;
    BARRIER();
    at(0x20010400);
    at(0x20010A20);
    return 0;
}
