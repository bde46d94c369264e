/* AIRCR: the key, PRIGROUP, SYSRESETREQ; how many priority bits there are. */
#include "console.h"
#include "faults.h"

__attribute__((section(".noinit"))) static uint32_t marker, resets;

int main(void)
{
    if (marker != 0xC0FFEE) {
        marker = 0xC0FFEE;
        resets = 0;
    }
    print("resets %d AIRCR %x VTOR %x\n", (int)resets, SCB_AIRCR, SCB_VTOR);
    SCB_AIRCR = 0x300;
    print("no key %x\n", SCB_AIRCR);
    SCB_AIRCR = 0xFA050300;
    print("read key written %x\n", SCB_AIRCR);
    SCB_AIRCR = 0x05FA0500;
    print("key %x\n", SCB_AIRCR);
    NVIC_IPR(3) = 0xFF;
    NVIC_IPR(200) = 0xFF;
    SCB_SHPR3 = 0xFFFFFFFF;
    WRITE_SPECIAL(basepri, 0xFF);
    print("IPR %x SHPR3 %x BASEPRI %x\n", NVIC_IPR(3), SCB_SHPR3, READ_SPECIAL(basepri));
    print("priority of an absent interrupt %x\n", NVIC_IPR(200));
    WRITE_SPECIAL(basepri, 0);
    if (resets == 2)
        return 0;
    resets++;
    SCB_VTOR = 0x100;
    SCB_AIRCR = 0x05FA0004;
    BARRIER();
    for (;;)
        ;
}
