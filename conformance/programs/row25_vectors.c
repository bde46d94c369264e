/* VTOR in RAM, a vector without the Thumb bit, the MPU does not judge vector reads, VECTTBL. */
#include "console.h"
#include "faults.h"

static uint32_t table[64] __attribute__((aligned(256)));
static volatile uint32_t seen;

static void ram_handler(void) { seen = 0x100 + READ_SPECIAL(ipsr); }
void PendSV_Handler(void) { seen = READ_SPECIAL(ipsr); }

PROBE(pend, "ldr r2, =0xE000ED04\n\tmov r3, #0x10000000\n\tstr r3, [r2]\n\tdsb\n\tisb\n\tmovs r0, #1")
PROBE(pend_irq, "ldr r2, =0xE000E200\n\tstr r0, [r2]\n\tdsb\n\tisb\n\tmovs r0, #1")

int main(void)
{
    for (unsigned i = 0; i < 48; i++)
        table[i] = REGISTER(i * 4);
    table[14] = (uint32_t)ram_handler;
    enable_fault_handlers();
    TRY("table at 0", pend, 0, 0);
    print("handler %x\n", seen);
    SCB_VTOR = (uint32_t)table;
    BARRIER();
    TRY("table in RAM", pend, 0, 0);
    print("handler %x VTOR is the table %d\n", seen, SCB_VTOR == (uint32_t)table);
    MPU_RBAR = ((uint32_t)table & ~0xFFu) | 0x17;
    MPU_RASR = RASR(8, 0, 1);
    MPU_CTRL = 5;
    BARRIER();
    seen = 0;
    TRY("table denied by the MPU", pend, 0, 0);
    print("handler %x\n", seen);
    MPU_CTRL = 0;
    BARRIER();
    table[14] &= ~1u;
    seen = 0;
    TRY("vector without the Thumb bit", pend, 0, 0);
    print("handler %x\n", seen);
    SCB_ICSR = 1 << 27;
    SCB_SHCSR &= ~0x400u;
    SCB_VTOR = 0xFFFFFFFF;
    print("VTOR keeps %x\n", SCB_VTOR & 0x3FFFFFFF);
    SCB_VTOR = 0;
    return 0;
}
