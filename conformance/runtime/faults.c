#include "faults.h"
#include "console.h"

struct fault fault;
int (*fault_mend)(uint32_t *frame);
uint32_t attempt_sp, attempt_control;

void clear_fault(void)
{
    for (unsigned i = 0; i < sizeof fault / 4; i++)
        ((volatile uint32_t *)&fault)[i] = 0;
}

/* A frame to return through when the real one could not be written or read. */
static uint32_t spare_frame[26] __attribute__((aligned(8)));
#define STACKING_FAULTS 0x1818u /* MSTKERR, MUNSTKERR, STKERR, UNSTKERR */

/* Called by the handlers in attempt.S with MSP and EXC_RETURN as they were on entry; returns the EXC_RETURN to leave by. */
uint32_t record_fault(uint32_t *frame, uint32_t exc_return)
{
    extern void attempt_return(void);
    uint32_t leave_by = exc_return;
    if ((exc_return & 0xF) == 0xD)
        frame = (uint32_t *)READ_SPECIAL(psp);
    if (fault_mend && fault_mend(frame))
        return exc_return;
    if ((SCB_CFSR & STACKING_FAULTS) && (exc_return & 0xF) == 0xD) {
        frame = spare_frame;
        WRITE_SPECIAL(psp, (uint32_t)frame);
    }
    if (fault.count++ == 0) {
        fault.exception = READ_SPECIAL(ipsr);
        fault.cfsr = SCB_CFSR;
        fault.hfsr = SCB_HFSR;
        fault.dfsr = SCB_DFSR;
        fault.mmfar = SCB_MMFAR;
        fault.bfar = SCB_BFAR;
        fault.exc_return = exc_return;
        fault.sp = (uint32_t)frame;
        for (unsigned i = 0; i < 8; i++)
            fault.frame[i] = frame[i];
    }
    SCB_CFSR = SCB_CFSR;
    SCB_HFSR = SCB_HFSR;
    SCB_DFSR = SCB_DFSR;
    WRITE_SPECIAL(control, READ_SPECIAL(control) & ~1u);
    frame[6] = (uint32_t)attempt_return & ~1u;
    frame[7] = (frame[7] & ~0x0600FC00u) | 0x01000000u; /* no ITSTATE; T */
    if (SCB_ICSR & 0x800) { /* RETTOBASE: only Thread mode is left to return to, whatever a spoilt return says */
        frame[7] &= ~0x1FFu;
        if ((exc_return & 0xF) != 0xD)
            leave_by = (exc_return & ~0xFu) | 9;
    }
    return (exc_return & 0xF) == 5 ? 0xFFFFFFF9 : leave_by;
}

void report(const char *label, uint32_t result)
{
    print("%s result=%x", label, result);
    if (fault.count) {
        print(" faults=%d exception=%d cfsr=%x hfsr=%x dfsr=%x", fault.count, fault.exception, fault.cfsr, fault.hfsr,
              fault.dfsr);
        if (fault.cfsr & 0x80)
            print(" mmfar=%x", fault.mmfar);
        if (fault.cfsr & 0x8000)
            print(" bfar=%x", fault.bfar);
    }
    print("\n");
    clear_fault();
}

void enable_fault_handlers(void)
{
    SCB_SHCSR |= 0x70000;
    BARRIER();
}
