#include "faults.h"
#include "console.h"

struct fault fault;
uint32_t attempt_sp, attempt_control;

void clear_fault(void)
{
    for (unsigned i = 0; i < sizeof fault / 4; i++)
        ((volatile uint32_t *)&fault)[i] = 0;
}

/* Called by the handlers in attempt.S with the frame and EXC_RETURN. */
void record_fault(uint32_t *frame, uint32_t exc_return)
{
    extern void attempt_return(void);
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
    frame[7] = (frame[7] & ~0x0600FC00u) | 0x01000000u;
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
