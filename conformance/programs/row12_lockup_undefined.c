/* Lockup: an undefined instruction in the HardFault handler. */
#include "console.h"
#include "faults.h"

void HardFault_Handler(void)
{
    print("HardFault\n");
    __asm__ volatile("udf #1");
}

int main(void)
{
    __asm__ volatile("udf #0");
    return 0;
}
