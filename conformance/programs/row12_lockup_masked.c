/* Lockup: a data fault with FAULTMASK set. */
#include "console.h"
#include "faults.h"

int main(void)
{
    enable_fault_handlers();
    print("FAULTMASK\n");
    WRITE_SPECIAL(faultmask, 1);
    *(volatile uint32_t *)0x60000000 = 1;
    print("not reached\n");
    return 0;
}
