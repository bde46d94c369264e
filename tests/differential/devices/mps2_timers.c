/* CMSDK timer, dual timer and watchdog: what they count to, which interrupts they raise, and a reset at the end. */
#include "console.h"
#include "registers.h"

#define TIMER0 0x40000000
#define TIMER1 0x40001000
#define DUAL 0x40002000
#define WATCHDOG 0x40008000

static volatile unsigned ticks0, ticks1, dual, nmis;
static volatile uint32_t boots __attribute__((section(".noinit")));
static volatile uint32_t boots_valid __attribute__((section(".noinit")));

void IRQ8_Handler(void)
{
    REG(TIMER0 + 0xC) = 1;
    ticks0++;
}

void IRQ9_Handler(void)
{
    REG(TIMER1 + 0xC) = 1;
    ticks1++;
}

void IRQ10_Handler(void)
{
    dual |= REG(DUAL + 0x14) | REG(DUAL + 0x34) << 1;
    REG(DUAL + 0x0C) = 1;
    REG(DUAL + 0x2C) = 1;
}

void NMI_Handler(void)
{
    nmis++;
    if (nmis < 3)
        REG(WATCHDOG + 0x0C) = 1;
    else
        REG(WATCHDOG + 0x08) = 0;
}

static void at_reset(void)
{
    print("timer %x %x %x %x\n", REG(TIMER0), REG(TIMER0 + 4), REG(TIMER0 + 8), REG(TIMER0 + 12));
    for (unsigned offset = 0; offset < 0x40; offset += 0x20)
        print("dual %x %x %x %x %x %x\n", REG(DUAL + offset), REG(DUAL + offset + 4), REG(DUAL + offset + 8),
              REG(DUAL + offset + 16), REG(DUAL + offset + 20), REG(DUAL + offset + 24));
    print("watchdog %x %x %x %x %x\n", REG(WATCHDOG), REG(WATCHDOG + 8), REG(WATCHDOG + 16), REG(WATCHDOG + 20),
          REG(WATCHDOG + 0xC00));
}

int main(void)
{
    if (boots_valid != 0x600DB007) {
        boots_valid = 0x600DB007;
        boots = 0;
    }
    print("boot %d\n", ++boots);
    at_reset();
    NVIC_ISER0 = 0x700;

    /* Periodic, both timers; the second is five times slower. */
    REG(TIMER0 + 8) = 9999;
    REG(TIMER1 + 8) = 49999;
    REG(TIMER0) = REG(TIMER1) = 9;
    while (ticks1 < 2)
        wait_for_interrupt();
    REG(TIMER0) = REG(TIMER1) = 0;
    print("ticks %d, %s\n", ticks1, ticks0 > 2 ? "more" : "few"); /* how many is up to QEMU's host */

    /* A stopped timer keeps its value; one with no reload stops at zero. */
    REG(TIMER0 + 4) = 1234;
    print("value %d\n", REG(TIMER0 + 4));
    REG(TIMER0 + 8) = 0;
    ticks0 = 0;
    REG(TIMER0 + 4) = 5000;
    REG(TIMER0) = 9;
    while (!ticks0)
        wait_for_interrupt();
    for (volatile int i = 0; i < 10000; i++)
        ;
    print("once: %d, value %d\n", ticks0, REG(TIMER0 + 4));

    /* Dual timer: one-shot and periodic, 16 and 32 bits, prescaled. */
    REG(DUAL + 0x00) = 20000;
    REG(DUAL + 0x08) = 0x80 | 0x20 | 0x01;
    while (!(dual & 1))
        wait_for_interrupt();
    print("one-shot: dual %x value %x ris %x\n", dual, REG(DUAL + 4), REG(DUAL + 0x10));
    REG(DUAL + 0x08) = 0;
    dual = 0;
    REG(DUAL + 0x20) = 1000;
    REG(DUAL + 0x28) = 0x80 | 0x40 | 0x20 | 0x04 | 0x02;
    for (unsigned n = 0; n < 3; n++) {
        dual = 0;
        while (!(dual & 2))
            wait_for_interrupt();
    }
    REG(DUAL + 0x28) = 0;
    print("periodic: dual %x load %x bgload %x\n", dual, REG(DUAL + 0x20), REG(DUAL + 0x38));

    /* The watchdog: three NMIs, then silence until it resets the system. */
    REG(WATCHDOG + 0xC00) = 0x1ACCE551;
    REG(WATCHDOG) = 1000000;
    REG(WATCHDOG + 8) = 1;
    while (nmis < 3)
        ;
    print("nmis %d\n", nmis);
    REG(WATCHDOG + 0xC00) = 1;
    REG(WATCHDOG) = 5;
    print("locked: %x, load %d\n", REG(WATCHDOG + 0xC00), REG(WATCHDOG));
    REG(WATCHDOG + 0xC00) = 0x1ACCE551;
    if (boots == 1) {
        nmis = 10;
        REG(WATCHDOG + 0x0C) = 1;
        REG(WATCHDOG + 8) = 2;
        REG(WATCHDOG + 0xF00) = 1;
        REG(WATCHDOG + 0xF04) = 1;
        for (;;)
            wait_for_interrupt();
    }
    return 0;
}
