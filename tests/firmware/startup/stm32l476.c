/* 80 MHz from MSI by the PLL, LSE on the way, USART2. */
#include "startup.h"

#define RCC 0x40021000
#define PWR 0x40007000
#define USART 0x40004400
const unsigned console_irq = 38;

void SystemInit(void)
{
    while (!(REG(RCC) & 1 << 1)) {
    }
    REG(RCC + 0x58) |= 1 << 28;
    REG(PWR) = (REG(PWR) & ~(3u << 9)) | 1 << 9 | 1 << 8;
    while (REG(PWR + 0x14) & 1 << 10) {
    }
    REG(RCC + 0x90) |= 1;
    while (!(REG(RCC + 0x90) & 2)) {
    }
    REG(0x40022000) = 0x704;
    while ((REG(0x40022000) & 7) != 4) {
    }
    REG(RCC + 12) = 1 | 40 << 8 | 1 << 24;
    REG(RCC) |= 1 << 24;
    while (!(REG(RCC) & 1 << 25)) {
    }
    REG(RCC + 8) |= 3;
    while ((REG(RCC + 8) & 0xC) != 0xC) {
    }
}

void console_init(void)
{
    REG(RCC + 0x58) |= 1 << 17;
    REG(USART + 12) = 80000000 / 115200;
    REG(USART) = 3 << 2;
    REG(USART) |= 1;
    while ((REG(USART + 0x1C) >> 21 & 3) != 3) {
    }
}

void console_put(char letter)
{
    while (!(REG(USART + 0x1C) & 1 << 7)) {
    }
    REG16(USART + 0x28) = (uint8_t)letter;
}

int console_get(void)
{
    return REG(USART + 0x1C) & 1 << 5 ? (int)(REG16(USART + 0x24) & 0xFF) : -1;
}

void console_interrupts(int on)
{
    REG(USART) = 3 << 2 | 1 | on << 5;
}
