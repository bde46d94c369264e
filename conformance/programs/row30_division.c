/* CCR.DIV_0_TRP. */
#include "console.h"
#include "faults.h"

PROBE(udiv, "udiv r0, r0, r1")
PROBE(sdiv, "sdiv r0, r0, r1")
PROBE(guarded, "cmp r1, #0\n\tit ne\n\tudivne r0, r0, r1")

static void round_of_tries(void)
{
    TRY("udiv", udiv, 7, 0);
    TRY("sdiv", sdiv, -7, 0);
    TRY("udiv by 2", udiv, 7, 2);
    TRY("sdiv by -2", sdiv, -7, -2);
    TRY("overflow", sdiv, 0x80000000, -1);
    TRY("not executed", guarded, 5, 0);
}

int main(void)
{
    enable_fault_handlers();
    round_of_tries();
    SCB_CCR |= 0x10;
    BARRIER();
    print("DIV_0_TRP\n");
    round_of_tries();
    return 0;
}
