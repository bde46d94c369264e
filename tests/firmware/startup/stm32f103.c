/* 72 MHz from an 8 MHz crystal by the PLL, USART1. */
#include "startup.h"

#define RCC 0x40021000
#define USART 0x40013800
const unsigned console_irq = 37;

#include "stm32_pll.h"

void SystemInit(void)
{
    REG(RCC) |= 1 << 16;
    while (!(REG(RCC) & 1 << 17)) {
    }
#ifdef SECOND_PLL
    REG(RCC + 0x2C) = 4 | 4 << 4 | 6 << 8 | 1 << 16;
    REG(RCC) |= 1 << 26;
    while (!(REG(RCC) & 1 << 27)) {
    }
#endif
    run_from_pll();
}

void console_init(void)
{
    REG(RCC + 0x18) |= 1 << 14 | 1 << 2;
    REG(USART + 8) = 72000000 / 115200;
    REG(USART + 12) = 1 << 13 | 3 << 2;
}

void console_put(char letter)
{
    while (!(REG(USART) & 1 << 7)) {
    }
    REG(USART + 4) = (uint8_t)letter;
    while (!(REG(USART) & 1 << 6)) {
    }
}

int console_get(void)
{
    return REG(USART) & 1 << 5 ? (int)(REG(USART + 4) & 0xFF) : -1;
}

void console_interrupts(int on)
{
    REG(USART + 12) = 1 << 13 | 3 << 2 | on << 5;
}
