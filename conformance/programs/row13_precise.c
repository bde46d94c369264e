/* Bus faults of stores are precise unless the board asks for a write buffer. */
#include "console.h"
#include "faults.h"

PROBE(load, "ldr r0, [r0]")
PROBE(load_byte, "ldrb r0, [r0]")
PROBE(store, "str r1, [r0]\n\tmovs r0, #1")
PROBE(store_half, "strh r1, [r0]\n\tmovs r0, #1")
PROBE(store_both, "stmia r0!, {r1, r2}\n\tmovs r0, #1")

int main(void)
{
    enable_fault_handlers();
    TRY("load", load, 0x60000010, 0);
    TRY("load byte", load_byte, 0x60000013, 0);
    TRY("store", store, 0x60000020, 0);
    TRY("store half", store_half, 0x60000022, 0);
    TRY("store multiple", store_both, 0x60000030, 0);
    attempt(store, 0x60000020, 0, 0);
    print("pc is the store %d\n", fault.frame[6] == ((uint32_t)store & ~1u));
    return 0;
}
