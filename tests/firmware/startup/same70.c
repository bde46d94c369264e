/* 300 MHz from a crystal by PLLA, 150 MHz for the peripherals, the watchdogs off, USART1. */
#include "startup.h"

#define PMC 0x400E0600
#define USART 0x40028000
const unsigned console_irq = 14;

static void wait_for(uint32_t bit)
{
    while (!(REG(PMC + 0x68) & bit)) {
    }
}

void SystemInit(void)
{
    REG(0x400E1854) = REG(0x400E1904) = 1 << 15;
    REG(0x400E0C00) = 6 << 8 | 1 << 26;
    while (!(REG(0x400E0C08) & 1)) {
    }
    REG(PMC + 0x20) = 0x37 << 16 | 8 << 8 | 1 << 3 | 1;
    wait_for(1 << 0);
    REG(PMC + 0x20) = 0x37 << 16 | 8 << 8 | 1 << 3 | 1 | 1 << 24;
    wait_for(1 << 16);
    REG(PMC + 0x28) = 1 << 29 | 24 << 16 | 0x3F << 8 | 1;
    wait_for(1 << 1);
    REG(PMC + 0x30) = 1 << 8 | 1;
    wait_for(1 << 3);
    REG(PMC + 0x30) = 1 << 8 | 2;
    wait_for(1 << 3);
    REG(PMC + 0x58) = 2;
    wait_for(1 << 14);
}

void console_init(void)
{
    REG(PMC + 0x10) = 1 << 14;
    if (!(REG(PMC + 0x18) & 1 << 14))
        finish(0x20023);
    REG(USART + 4) = 4 << 9 | 3 << 6;
    REG(USART + 0x20) = 150000000 / 16 / 115200;
    REG(USART) = 1 << 4 | 1 << 6;
}

void console_put(char letter)
{
    while (!(REG(USART + 0x14) & 2)) {
    }
    REG(USART + 0x1C) = (uint8_t)letter;
}

int console_get(void)
{
    return REG(USART + 0x14) & 1 ? (int)REG(USART + 0x18) : -1;
}

void console_interrupts(int on)
{
    REG(on ? USART + 8 : USART + 12) = 1;
}
