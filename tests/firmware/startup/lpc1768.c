/* 100 MHz from a crystal by PLL0, USB's PLL1, UART0 with its divisor. */
#include "startup.h"

#define SC 0x400FC000
#define UART 0x4000C000
const unsigned console_irq = 5;

static void feed(uint32_t address)
{
    REG(address) = 0xAA;
    REG(address) = 0x55;
}

void SystemInit(void)
{
    REG(SC + 0x1A0) = 1 << 5;
    while (!(REG(SC + 0x1A0) & 1 << 6)) {
    }
    REG(SC + 0x104) = 3;
    REG(SC + 0x10C) = 1;
    REG(SC + 0x84) = 0x50063;
    feed(SC + 0x8C);
    REG(SC + 0x80) = 1;
    feed(SC + 0x8C);
    while (!(REG(SC + 0x88) & 1 << 26)) {
    }
    REG(SC + 0x80) = 3;
    feed(SC + 0x8C);
    while ((REG(SC + 0x88) >> 24 & 3) != 3) {
    }
    REG(SC + 0xA4) = 0x23;
    REG(SC + 0xA0) = 1;
    feed(SC + 0xAC);
    while (!(REG(SC + 0xA8) & 1 << 10)) {
    }
    REG(SC + 0xA0) = 3;
    feed(SC + 0xAC);
    while ((REG(SC + 0xA8) >> 8 & 3) != 3) {
    }
}

void console_init(void)
{
    REG(UART + 12) = 0x83;
    REG(UART) = 'X'; /* the divisor, which nobody must see */
    REG(UART + 4) = 0;
    REG(UART + 12) = 3;
    REG(UART + 8) = 7;
}

void console_put(char letter)
{
    while (!(REG(UART + 0x14) & 1 << 5)) {
    }
    REG8(UART) = (uint8_t)letter;
}

int console_get(void)
{
    return REG(UART + 0x14) & 1 ? (int)(REG(UART) & 0xFF) : -1;
}

void console_interrupts(int on)
{
    REG(UART + 4) = on ? 1 : 0;
}
