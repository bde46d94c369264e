/* SVC and faults that cannot be taken at their own priority become HardFault, FORCED. */
#include "console.h"
#include "faults.h"

PROBE(svc, "svc #1\n\tmovs r0, #1")
PROBE(undefined, "udf #0")
PROBE(load, "ldr r0, [r0]")
PROBE(pend, "ldr r2, =0xE000ED04\n\tmov r3, #0x10000000\n\tstr r3, [r2]\n\tdsb\n\tisb\n\tmovs r0, #1")

static volatile int inside;
void PendSV_Handler(void)
{
    uint32_t result = 0;
    switch (inside) {
    case 1: result = attempt(svc, 0, 0, 0); break;
    case 2: result = attempt(undefined, 0, 0, 0); break;
    case 3: result = attempt(load, 0x60000000, 0, 0); break;
    }
    report("in PendSV", result);
}

void SVC_Handler(void) { WRITE_SPECIAL(control, READ_SPECIAL(control) & ~1u); }

int main(void)
{
    SCB_SHPR2 = 0x80u << 24;
    SCB_SHPR3 = 0x00800000;
    enable_fault_handlers();
    TRY("SVC", svc, 0, 0);
    WRITE_SPECIAL(primask, 1);
    TRY("SVC, PRIMASK", svc, 0, 0);
    TRY("UDF, PRIMASK", undefined, 0, 0);
    WRITE_SPECIAL(primask, 0);
    WRITE_SPECIAL(basepri, 0x80);
    TRY("SVC, BASEPRI equal", svc, 0, 0);
    WRITE_SPECIAL(basepri, 0xC0);
    TRY("SVC, BASEPRI less urgent", svc, 0, 0);
    WRITE_SPECIAL(basepri, 0x40);
    TRY("SVC, BASEPRI more urgent", svc, 0, 0);
    TRY("UDF, BASEPRI", undefined, 0, 0);
    SCB_SHPR1 = 0x00C0C0C0;
    TRY("UDF, BASEPRI above its priority", undefined, 0, 0);
    WRITE_SPECIAL(basepri, 0);
    inside = 1;
    attempt(pend, 0, 0, 0);
    inside = 2;
    attempt(pend, 0, 0, 0);
    SCB_SHPR1 = 0x00404040;
    attempt(pend, 0, 0, 0);
    inside = 3;
    attempt(pend, 0, 0, 0);
    SCB_SHCSR = 0;
    BARRIER();
    TRY("UsageFault disabled", undefined, 0, 0);
    TRY("BusFault disabled", load, 0x60000000, 0);
    MPU_CTRL = 0;
    TRY("MemManage disabled", (attempted)0xE0000001, 0, 0);
    return 0;
}
