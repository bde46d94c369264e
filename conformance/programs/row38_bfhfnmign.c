/* CCR.BFHFNMIGN: bus faults of data accesses are ignored at priority -1 and -2. */
#include "console.h"
#include "faults.h"

#define NOWHERE 0x60000000

PROBE(load, "ldr r0, [r0]\n\tmovs r0, #1")
PROBE(store, "str r1, [r0]\n\tmovs r0, #1")

void NMI_Handler(void) { print("NMI: load %d store %d\n", (int)load(NOWHERE, 0, 0), (int)store(NOWHERE, 0, 0)); }

void HardFault_Handler(void)
{
    print("HardFault: load %d store %d\n", (int)load(NOWHERE, 0, 0), (int)store(NOWHERE, 0, 0));
    finish(0);
}

int main(void)
{
    enable_fault_handlers();
    SCB_CCR |= 0x100;
    BARRIER();
    WRITE_SPECIAL(faultmask, 1);
    uint32_t loaded = load(NOWHERE, 0, 0), stored = store(NOWHERE, 0, 0);
    WRITE_SPECIAL(faultmask, 0);
    print("FAULTMASK: load %d store %d\n", (int)loaded, (int)stored);
    SCB_ICSR = 1u << 31;
    BARRIER();
    SCB_SHCSR = 0;
    BARRIER();
    load(NOWHERE, 0, 0);
    return 1;
}
