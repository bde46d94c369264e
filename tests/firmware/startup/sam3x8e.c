/* 84 MHz from a crystal by PLLA, the watchdog off, UART. */
#include "startup.h"

#define PMC 0x400E0600
#define UART 0x400E0800
const unsigned console_irq = 8;

static void wait_for(uint32_t bit)
{
    while (!(REG(PMC + 0x68) & bit)) {
    }
}

void SystemInit(void)
{
    REG(0x400E1A54) = 1 << 15;
    REG(0x400E0A00) = REG(0x400E0C00) = 4 << 8;
    REG(PMC + 0x20) = 0x37 << 16 | 8 << 8 | 1 << 3 | 1;
    wait_for(1 << 0);
    REG(PMC + 0x20) = 0x37 << 16 | 8 << 8 | 1 << 3 | 1 | 1 << 24;
    wait_for(1 << 16);
    REG(PMC + 0x28) = 1 << 29 | 13 << 16 | 0x3F << 8 | 1;
    wait_for(1 << 1);
    REG(PMC + 0x30) = 1 << 4 | 1;
    wait_for(1 << 3);
    REG(PMC + 0x30) = 1 << 4 | 2;
    wait_for(1 << 3);
}

void console_init(void)
{
    REG(PMC + 0x10) = 1 << 8;
    if (!(REG(PMC + 0x18) & 1 << 8))
        finish(0x20023);
    REG(UART + 4) = 4 << 9;
    REG(UART + 0x20) = 84000000 / 16 / 115200;
    REG(UART) = 1 << 4 | 1 << 6;
}

void console_put(char letter)
{
    while (!(REG(UART + 0x14) & 2)) {
    }
    REG(UART + 0x1C) = (uint8_t)letter;
}

int console_get(void)
{
    return REG(UART + 0x14) & 1 ? (int)REG(UART + 0x18) : -1;
}

void console_interrupts(int on)
{
    REG(on ? UART + 8 : UART + 12) = 1;
}
