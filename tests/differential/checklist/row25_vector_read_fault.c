/* A vector that cannot be read: HardFault with VECTTBL. The table's end hangs over the end of memory. */
#include "console.h"
#include "faults.h"

#define TABLE 0x60FFFF80u /* the last 32 words of the AN500's PSRAM; nothing answers above */

PROBE(pend_irq, "ldr r2, =0xE000E200\n\tstr r0, [r2]\n\tdsb\n\tisb\n\tmovs r0, #1")

int main(void)
{
    for (uint32_t i = 0; i < 32; i++)
        REGISTER(TABLE + i * 4) = REGISTER(i * 4);
    enable_fault_handlers();
    SCB_VTOR = TABLE;
    BARRIER();
    NVIC_ISER0 = 1 << 20;
    TRY("vector outside memory", pend_irq, 1 << 20, 0);
    print("pending %x active %x\n", NVIC_ISPR0, NVIC_IABR0);
    return 0;
}
