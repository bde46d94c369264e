/* DWT CYCCNT and SysTick. Times differ between machines, so only relations are printed. */
#include "console.h"
#include "faults.h"

#define DEMCR REGISTER(0xE000EDFC)
#define DWT_CTRL REGISTER(0xE0001000)
#define DWT_CYCCNT REGISTER(0xE0001004)
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define SYST_CALIB REGISTER(0xE000E01C)

static volatile uint32_t ticks;
void SysTick_Handler(void) { ticks++; }

static void spin(uint32_t n)
{
    while (n--)
        __asm__ volatile("nop");
}

int main(void)
{
    DEMCR = 1 << 24;
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1;
    spin(100);
    uint32_t first = DWT_CYCCNT;
    spin(100);
    uint32_t second = DWT_CYCCNT;
    print("CYCCNT counts: %s\n", first && second > first ? "yes" : "no");
    DWT_CYCCNT = 0xFFFFFFF0;
    spin(100);
    print("CYCCNT wraps: %s\n", DWT_CYCCNT < 0x10000 && DWT_CYCCNT ? "yes" : "no");
    DWT_CTRL &= ~1u;
    first = DWT_CYCCNT;
    spin(10);
    print("CYCCNT stops: %s\n", DWT_CYCCNT == first ? "yes" : "no");
    print("SYST_CSR at reset %x\n", SYST_CSR);
    SYST_RVR = 0xFF000000 | 100000;
    print("SYST_RVR %x\n", SYST_RVR);
    SYST_CVR = 1;
    print("SYST_CVR after a write %x\n", SYST_CVR);
    SYST_CSR = 5;
    while (!SYST_CVR)
        ;
    first = SYST_CVR;
    while (SYST_CVR == first)
        ;
    second = SYST_CVR;
    print("SYST_CVR counts down: %s\n", first <= 100000 && second < first ? "yes" : "no");
    while (!(SYST_CSR & 0x10000))
        ;
    print("COUNTFLAG clears on a read: %s\n", SYST_CSR & 0x10000 ? "no" : "yes");
    while (SYST_CVR > 50000)
        ;
    while (SYST_CVR < 50000)
        ;
    SYST_CVR = 7;
    print("a write of SYST_CVR clears COUNTFLAG: %s\n", SYST_CSR & 0x10000 ? "no" : "yes");
    print("no interrupt without TICKINT: %d\n", (int)ticks);
    SYST_CSR = 7;
    while (ticks < 3)
        ;
    print("three interrupts\n");
    SYST_RVR = 0;
    SYST_CVR = 0;
    spin(50);
    ticks = 0;
    spin(200000);
    print("reload 0 stops the interrupts: %d\n", (int)ticks);
    SYST_CSR = 0;
    print("SYST_CALIB NOREF %d SKEW %d TENMS %d\n", (int)(SYST_CALIB >> 31), (int)(SYST_CALIB >> 30 & 1),
          (int)(SYST_CALIB & 0xFFFFFF));
    SYST_CALIB = 0xFFFFFFFF;
    print("SYST_CALIB is read-only: %d\n", (int)(SYST_CALIB & 0xFFFFFF));
    return 0;
}
