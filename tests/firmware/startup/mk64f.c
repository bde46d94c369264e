/* The watchdog off, 120 MHz: FEI to FBE to PBE to PEE, UART0. */
#include "startup.h"

#define MCG 0x40064000
#define UART 0x4006A000
const unsigned console_irq = 31;

static void wait_for(uint8_t bits, uint8_t value)
{
    while ((REG8(MCG + 6) & bits) != value) {
    }
}

void SystemInit(void)
{
    REG16(0x4005200E) = 0xC520;
    REG16(0x4005200E) = 0xD928;
    REG16(0x40052000) = 0x1D2;
    REG(0x40048044) = 0x01140000;
    REG8(MCG + 1) = 0x24;
    REG8(MCG + 0) = 2 << 6 | 4 << 3;
    wait_for(1 << 1, 1 << 1);
    wait_for(1 << 4, 0);
    wait_for(3 << 2, 2 << 2);
    REG8(MCG + 4) = 0x13;
    REG8(MCG + 5) = 0x40 | 0x18;
    wait_for(1 << 5, 1 << 5);
    wait_for(1 << 6, 1 << 6);
    REG8(MCG + 0) = 4 << 3;
    wait_for(3 << 2, 3 << 2);
}

void console_init(void)
{
    REG(0x40048034) |= 1 << 10;
    REG8(UART + 3) = 0;
    REG8(UART) = 0;
    REG8(UART + 1) = 65;
    REG8(UART + 3) = 3 << 2;
}

void console_put(char letter)
{
    while (!(REG8(UART + 4) & 1 << 7)) {
    }
    REG8(UART + 7) = (uint8_t)letter;
}

int console_get(void)
{
    return REG8(UART + 4) & 1 << 5 ? REG8(UART + 7) : -1;
}

void console_interrupts(int on)
{
    REG8(UART + 3) = (uint8_t)(3 << 2 | on << 5);
}
