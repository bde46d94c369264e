/* A small region of a higher number decides inside a large one, also after the page has just been used. */
#include "console.h"
#include "faults.h"

PROBE(load, "ldr r0, [r0]")
PROBE(store, "str r1, [r0]\n\tmovs r0, #1")
PROBE(pair, "ldr r2, [r0]\n\tldr r3, [r1]\n\tadds r0, r2, r3")

#define PAGE 0x20010000

int main(void)
{
    for (uint32_t i = 0; i < 64; i++)
        ((volatile uint32_t *)PAGE)[i] = i;
    enable_fault_handlers();
    MPU_RBAR = 0x10;
    MPU_RASR = RASR(32, 3, 0);
    MPU_CTRL = 1;
    BARRIER();
    TRY("before", load, PAGE + 0x44, 0);
    MPU_RBAR = (PAGE + 0x40) | 0x17;
    MPU_RASR = RASR(5, 0, 0);
    BARRIER();
    TRY("below", load, PAGE + 0x3C, 0);
    TRY("first word", load, PAGE + 0x40, 0);
    TRY("last word", load, PAGE + 0x5C, 0);
    TRY("above", load, PAGE + 0x60, 0);
    TRY("below then inside", pair, PAGE + 0x3C, PAGE + 0x48);
    TRY("store below", store, PAGE + 0x3C, 9);
    TRY("store inside", store, PAGE + 0x50, 9);
    print("kept %x changed %x\n", *(volatile uint32_t *)(PAGE + 0x3C), 0);
    MPU_RBAR = (PAGE + 0x40) | 0x17;
    MPU_RASR = RASR(5, 6, 0);
    BARRIER();
    TRY("read-only load", load, PAGE + 0x50, 0);
    TRY("read-only store", store, PAGE + 0x50, 9);
    MPU_RNR = 7;
    MPU_RASR = 0;
    BARRIER();
    TRY("gone", store, PAGE + 0x50, 9);
    return 0;
}
