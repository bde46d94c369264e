/* AIRCR.VECTRESET outside Debug state is UNPREDICTABLE: it resets the core here, and devices go on. */
#include "console.h"
#include "faults.h"

#define TIMER_CTRL REGISTER(0x40000000) /* CMSDK timer 0 */

__attribute__((section(".noinit"))) static uint32_t marker;

int main(void)
{
    int again = marker == 0xC0FFEE;
    if (!again) {
        marker = 0xC0FFEE;
        TIMER_CTRL = 1;
        SCB_VTOR = 0x100;
        WRITE_SPECIAL(primask, 1);
        SCB_AIRCR = 0x05FA0001;
        BARRIER();
    }
    marker = 0;
    print("the core was reset: %s\n", again ? "yes" : "no");
    print("PRIMASK %x VTOR %x\n", READ_SPECIAL(primask), SCB_VTOR);
    print("the timer runs on: %x\n", TIMER_CTRL);
    return 0;
}
