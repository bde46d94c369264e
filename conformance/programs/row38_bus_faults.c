/* CCR.BFHFNMIGN does not ignore bus faults at priorities that are not negative. */
#include "console.h"
#include "faults.h"

#define NOWHERE 0x60000000

PROBE(load, "ldr r0, [r0]\n\tmovs r0, #1")
PROBE(store, "str r1, [r0]\n\tmovs r0, #1")

void PendSV_Handler(void) { TRY("load in a handler", load, NOWHERE, 0); }

int main(void)
{
    enable_fault_handlers();
    SCB_SHPR3 = 0x00E00000; /* PendSV, so that BusFault preempts it */
    TRY("load", load, NOWHERE, 0);
    SCB_CCR |= 0x100;
    BARRIER();
    TRY("load with BFHFNMIGN", load, NOWHERE, 0);
    TRY("store with BFHFNMIGN", store, NOWHERE, 0);
    SCB_ICSR = 1 << 28;
    BARRIER();
    return 0;
}
