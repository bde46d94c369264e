/* What SysTick does where its reload value is zero. One line each: a name and a number. */
#include "console.h"
#include "faults.h"

#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define PERIOD 4000

static volatile uint32_t ticks;
void SysTick_Handler(void) { ticks++; }

static void spin(uint32_t n)
{
    while (n--)
        __asm__ volatile("nop");
}

static void stop(void)
{
    SYST_CSR = 0;
    SYST_RVR = 0;
    SYST_CVR = 0;
    ticks = 0;
}

int main(void)
{
    stop();
    SYST_CSR = 7; /* enabled before there is a reload value */
    spin(1000);
    print("enabled-at-0-counts %d\n", SYST_CVR != 0);
    print("enabled-at-0-ticks %d\n", ticks != 0);
    SYST_RVR = PERIOD;
    spin(100 * PERIOD);
    print("reload-written-then-ticks %d\n", ticks != 0);

    stop();
    SYST_RVR = PERIOD;
    SYST_CSR = 7;
    spin(100);
    SYST_RVR = 0; /* while it counts: it stops at the next wrap */
    spin(100 * PERIOD);
    print("reload-0-while-running-ticks %d\n", (int)ticks);
    print("reload-0-while-running-ends-at %d\n", (int)SYST_CVR);
    SYST_RVR = PERIOD;
    spin(100 * PERIOD);
    print("reload-again-then-ticks %d\n", ticks > 1);
    return 0;
}
