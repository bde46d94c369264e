/* The Private Peripheral Bus: never through the MPU, privileged only, STIR by permission. */
#include "console.h"
#include "faults.h"

PROBE(load, "ldr r0, [r0]")
PROBE(load_byte, "ldrb r0, [r0]")
PROBE(store, "str r1, [r0]\n\tmovs r0, #1")
PROBE(load_t, "ldrt r0, [r0]")
PROBE(store_t, "strt r1, [r0]\n\tmovs r0, #1")

static volatile uint32_t interrupts;
void IRQ3_Handler(void) { interrupts++; }

static void round_of_tries(void)
{
    TRY("privileged", load, 0xE000ED90, 0);
    TRY("privileged byte", load_byte, 0xE000ED91, 0);
    TRY("ldrt", load_t, 0xE000ED90, 0);
    TRY("strt", store_t, 0xE000ED98, 1);
    TRY_UNPRIVILEGED("unprivileged load", load, 0xE000ED90, 0);
    TRY_UNPRIVILEGED("unprivileged store", store, 0xE000ED98, 1);
    TRY_UNPRIVILEGED("unprivileged systick", load, 0xE000E010, 0);
    TRY_UNPRIVILEGED("unprivileged stir", store, 0xE000EF00, 3);
    print("interrupts %d\n", interrupts);
}

int main(void)
{
    enable_fault_handlers();
    NVIC_ISER0 = 8;
    print("MPU off\n");
    round_of_tries();
    print("a region denies all\n");
    MPU_RBAR = 0x10;
    MPU_RASR = RASR(32, 3, 0);
    MPU_RBAR = 0xE0000000 | 0x17;
    MPU_RASR = RASR(29, 0, 0);
    MPU_CTRL = 1;
    BARRIER();
    round_of_tries();
    print("a region allows all\n");
    MPU_RBAR = 0xE0000000 | 0x17;
    MPU_RASR = RASR(29, 3, 0);
    BARRIER();
    round_of_tries();
    print("USERSETMPEND\n");
    SCB_CCR |= 2;
    BARRIER();
    round_of_tries();
    return 0;
}
