/* The local monitor: CLREX, exception entry and return, a store by somebody else, a fault. */
#include "console.h"
#include "faults.h"

static volatile uint32_t cell = 1;

/* SVC 1: STREX of r1 to [r0], the status as the thread's r2. SVC 2: LDREX of [r0]. */
__attribute__((naked)) void SVC_Handler(void)
{
    __asm__("ldr r3, [sp, #24]\n\tldrb r3, [r3, #-2]\n\tcmp r3, #1\n\tblo 3f\n\tbhi 2f\n"
            "strex r2, r1, [r0]\n\tstr r2, [sp, #8]\n\tb 3f\n"
            "2:\tldrex r2, [r0]\n"
            "3:\tbx lr");
}

PROBE(pair, "ldrex r3, [r0]\n\tstrex r2, r1, [r0]\n\tmov r0, r2")
PROBE(store_only, "strex r2, r1, [r0]\n\tmov r0, r2")
PROBE(cleared, "ldrex r3, [r0]\n\tclrex\n\tstrex r2, r1, [r0]\n\tmov r0, r2")
PROBE(twice, "ldrex r3, [r0]\n\tstrex r2, r1, [r0]\n\tstrex r2, r1, [r0]\n\tmov r0, r2")
PROBE(exception, "mov r4, r0\n\tmov r5, r1\n\tldrex r3, [r4]\n\tsvc #0\n\tstrex r2, r5, [r4]\n\tmov r0, r2")
PROBE(entry_only, "mov r4, r0\n\tldrex r3, [r4]\n\tsvc #1\n\tmov r0, r2")
PROBE(return_only, "mov r4, r0\n\tmov r5, r1\n\tsvc #2\n\tstrex r2, r5, [r4]\n\tmov r0, r2")
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
    try("STREX in a handler after LDREX in the thread", entry_only, 10);
    try("STREX in the thread after LDREX in a handler", return_only, 11);
    try("byte", byte_pair, 7);
    try("halfword", half_pair, 8);
    TRY("LDREX outside memory", load_exclusive, 0x60000000, 0);
    try("after a fault", store_only, 9);
    return 0;
}
