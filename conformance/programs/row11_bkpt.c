/* BKPT with no debugger: HardFault with DEBUGEVT, or DebugMonitor where it is enabled and has the priority. */
#include "console.h"
#include "faults.h"

#define DEMCR REGISTER(0xE000EDFC)

PROBE(breakpoint, "bkpt #1\n\tmovs r0, #1")

static volatile uint32_t monitor_dfsr;

/* Notes DFSR and steps over the breakpoint. */
__attribute__((used)) static void monitor(uint32_t *frame)
{
    monitor_dfsr = SCB_DFSR;
    SCB_DFSR = SCB_DFSR;
    frame[6] += 2;
}

__attribute__((naked)) void DebugMon_Handler(void)
{
    __asm__("mov r0, sp\n\tpush {r4, lr}\n\tbl monitor\n\tpop {r4, pc}");
}

int main(void)
{
    enable_fault_handlers();
    TRY("no monitor", breakpoint, 0, 0);
    DEMCR |= 1 << 16;
    BARRIER();
    TRY("monitor", breakpoint, 0, 0);
    print("DFSR in the monitor %x\n", monitor_dfsr);
    monitor_dfsr = 0;
    WRITE_SPECIAL(primask, 1);
    TRY("monitor masked", breakpoint, 0, 0);
    WRITE_SPECIAL(primask, 0);
    print("DFSR in the monitor %x\n", monitor_dfsr);
    return 0;
}
