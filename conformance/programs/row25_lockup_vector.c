/* Lockup: the vector of HardFault cannot be read. */
#include "console.h"
#include "faults.h"

int main(void)
{
    print("no table\n");
    SCB_VTOR = 0x60000000;
    BARRIER();
    __asm__ volatile("udf #0");
    print("not reached\n");
    return 0;
}
