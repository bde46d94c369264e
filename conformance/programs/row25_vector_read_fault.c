/* A vector that cannot be read: HardFault with VECTTBL. The table's end hangs over the end of memory. */
#include "console.h"
#include "faults.h"

#define TABLE 0x60FFFF80u /* the last 32 words of the AN500's PSRAM; nothing answers above */
#define INTERRUPT (1u << 20)

static volatile uint32_t hfsr, pending, active;

/* In HardFault: note the state and take the interrupt back, or it would be tried again on return. */
static int take_back(uint32_t *frame)
{
    (void)frame;
    hfsr = SCB_HFSR;
    pending = NVIC_ISPR0;
    active = NVIC_IABR0;
    SCB_HFSR = hfsr;
    NVIC_ICPR0 = INTERRUPT;
    return 1;
}

int main(void)
{
    for (uint32_t i = 0; i < 32; i++)
        REGISTER(TABLE + i * 4) = REGISTER(i * 4);
    enable_fault_handlers();
    fault_mend = take_back;
    SCB_VTOR = TABLE;
    BARRIER();
    NVIC_ISER0 = INTERRUPT;
    NVIC_ISPR0 = INTERRUPT;
    BARRIER();
    print("HFSR %x pending %x active %x\n", hfsr, pending, active);
    return 0;
}
