/* The local monitor: CLREX, exception entry and return, a store by somebody else, a fault. */
#include "console.h"
#include "faults.h"

static volatile uint32_t cell = 1;

void SVC_Handler(void)
{
    __asm__ volatile("" ::: "memory");
    WRITE_SPECIAL(control, READ_SPECIAL(control) & ~1u);
}

PROBE(pair, "ldrex r3, [r0]\n\tstrex r2, r1, [r0]\n\tmov r0, r2")
PROBE(store_only, "strex r2, r1, [r0]\n\tmov r0, r2")
PROBE(cleared, "ldrex r3, [r0]\n\tclrex\n\tstrex r2, r1, [r0]\n\tmov r0, r2")
PROBE(twice, "ldrex r3, [r0]\n\tstrex r2, r1, [r0]\n\tstrex r2, r1, [r0]\n\tmov r0, r2")
PROBE(exception, "mov r4, r0\n\tmov r5, r1\n\tldrex r3, [r4]\n\tsvc #0\n\tstrex r2, r5, [r4]\n\tmov r0, r2")
PROBE(byte_pair, "ldrexb r3, [r0]\n\tstrexb r2, r1, [r0]\n\tmov r0, r2")
PROBE(half_pair, "ldrexh r3, [r0]\n\tstrexh r2, r1, [r0]\n\tmov r0, r2")
PROBE(load_exclusive, "ldrex r0, [r0]")

static void try(const char *label, attempted f, uint32_t value)
{
    uint32_t result = attempt(f, (uint32_t)&cell, value, 0);
    print("%s: status %d cell %x\n", label, (int)result, cell);
}

int main(void)
{
    enable_fault_handlers();
    try("pair", pair, 2);
    try("without LDREX", store_only, 3);
    try("CLREX", cleared, 4);
    try("second STREX", twice, 5);
    try("across an exception", exception, 6);
    try("byte", byte_pair, 7);
    try("halfword", half_pair, 8);
    TRY("LDREX outside memory", load_exclusive, 0x60000000, 0);
    try("after a fault", store_only, 9);
    return 0;
}
