/* Lockup: SVC in the NMI handler. */
#include "console.h"
#include "faults.h"

void NMI_Handler(void)
{
    print("NMI\n");
    __asm__ volatile("svc #0");
    print("not reached\n");
}

int main(void)
{
    enable_fault_handlers();
    SCB_ICSR = 1u << 31;
    BARRIER();
    return 0;
}
