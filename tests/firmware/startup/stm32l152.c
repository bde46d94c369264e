/* 32 MHz from the HSI by the PLL, range 1 of the regulator, 64-bit access to flash, USART2. */
#include "startup.h"

#define RCC 0x40023800
#define FLASH 0x40023C00
#define PWR 0x40007000
#define USART 0x40004400
const unsigned console_irq = 38;

void SystemInit(void)
{
    while (!(REG(RCC) & 1 << 9)) { /* the MSI, which it starts with */
    }
    REG(RCC + 0x24) |= 1 << 28;
    REG(PWR) = (REG(PWR) & ~(3U << 11)) | 1 << 11;
    while (REG(PWR + 4) & 1 << 4) {
    }
    REG(RCC) |= 1;
    while (!(REG(RCC) & 1 << 1)) {
    }
    REG(FLASH) |= 1 << 2;
    while (!(REG(FLASH) & 1 << 2)) {
    }
    REG(FLASH) |= 1 << 1;
    REG(FLASH) |= 1;
    while (!(REG(FLASH) & 1)) {
    }
    REG(RCC + 8) = 1 << 22 | 1 << 18;
    REG(RCC) |= 1 << 24;
    while (!(REG(RCC) & 1 << 25)) {
    }
    REG(RCC + 8) |= 3;
    while ((REG(RCC + 8) >> 2 & 3) != 3) {
    }
    REG(FLASH + 0xC) = 0x89ABCDEF;
    REG(FLASH + 0xC) = 0x02030405;
    while (REG(FLASH + 4) & 1) {
    }
}

void console_init(void)
{
    REG(RCC + 0x1C) |= 1;
    REG(RCC + 0x24) |= 1 << 17;
    REG(USART + 8) = 32000000 / 115200;
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
