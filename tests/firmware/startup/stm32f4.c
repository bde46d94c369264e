/* 168 or 180 MHz from a crystal by the PLL, over-drive on the F429, USART2 or USART1. */
#include "startup.h"

#define RCC 0x40023800
#define PWR 0x40007000
#if PART == 429
#define USART 0x40011000
const unsigned console_irq = 37;
#else
#define USART 0x40004400
const unsigned console_irq = 38;
#endif

void SystemInit(void)
{
    REG(0xE000ED88) |= 0xF << 20;
    REG(RCC) |= 1 << 16;
    while (!(REG(RCC) & 1 << 17)) {
    }
    REG(RCC + 0x40) |= 1 << 28;
    REG(PWR) |= 3 << 14;
    REG(RCC + 4) = 8 | 336 << 6 | 1 << 22 | 7 << 24;
    REG(RCC) |= 1 << 24;
    while (!(REG(RCC) & 1 << 25)) {
    }
#if PART == 429 || PART == 446
    REG(PWR) |= 1 << 16;
    while (!(REG(PWR + 4) & 1 << 16)) {
    }
    REG(PWR) |= 1 << 17;
    while (!(REG(PWR + 4) & 1 << 17)) {
    }
#endif
    while (!(REG(PWR + 4) & 1 << 14)) {
    }
    REG(0x40023C00) = 0x705;
    while ((REG(0x40023C00) & 0xF) != 5) {
    }
    REG(RCC + 8) = REG(RCC + 8) | 2;
    while ((REG(RCC + 8) & 0xC) != 8) {
    }
}

void console_init(void)
{
    REG(RCC + 0x40) |= 1 << 17;
    REG(0x40020000) |= 2 << 4 | 2 << 6;
    REG(USART + 8) = 42000000 / 115200;
    REG(USART + 12) = 1 << 13 | 3 << 2;
}

void console_put(char letter)
{
    while (!(REG(USART) & 1 << 7)) {
    }
    REG(USART + 4) = (uint8_t)letter;
}

int console_get(void)
{
    return REG(USART) & 1 << 5 ? (int)(REG(USART + 4) & 0xFF) : -1;
}

void console_interrupts(int on)
{
    REG(USART + 12) = 1 << 13 | 3 << 2 | on << 5;
}
