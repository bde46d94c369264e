/* Lockup: HFNMIENA keeps the MPU on in the NMI handler, and the background is denied without PRIVDEFENA. */
#include "console.h"
#include "faults.h"

void NMI_Handler(void)
{
    print("NMI\n");
    *(volatile uint32_t *)0x20000000 = 1;
    print("not reached\n");
}

int main(void)
{
    enable_fault_handlers();
    MPU_RBAR = 0 | 0x10;
    MPU_RASR = RASR(16, 3, 0);
    MPU_CTRL = 3;
    BARRIER();
    SCB_ICSR = 1u << 31;
    BARRIER();
    return 0;
}
