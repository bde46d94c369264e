/* 170 MHz from HSI by the PLL, range 1 boost, HSI48 on the way, LPUART1. */
#include "startup.h"

#define RCC 0x40021000
#define PWR 0x40007000
#define USART 0x40008000
#define BUS_CLOCK 170000000
const unsigned console_irq = 91;

void SystemInit(void)
{
    REG(0xE000ED88) |= 0xF << 20;
    while (!(REG(RCC) & 1 << 10) || (REG(RCC + 8) & 0xC) != 4) {
    }
    REG(RCC + 0x58) |= 1 << 28;
    REG(PWR) = (REG(PWR) & ~(3u << 9)) | 1 << 9;
    REG(PWR + 0x80) &= ~(1u << 8);
    while (REG(PWR + 0x14) & 1 << 10) {
    }
    REG(RCC + 0x98) |= 1;
    while (!(REG(RCC + 0x98) & 2)) {
    }
    REG(0x40022000) = 0x704;
    while ((REG(0x40022000) & 0xF) != 4) {
    }
    REG(RCC + 12) = 2 | 3 << 4 | 85 << 8 | 1 << 24;
    REG(RCC) |= 1 << 24;
    while (!(REG(RCC) & 1 << 25)) {
    }
    REG(RCC + 8) |= 3;
    while ((REG(RCC + 8) & 0xC) != 0xC) {
    }
}

static void console_clocks(void)
{
    REG(RCC + 0x5C) |= 1;
}

#include "stm32_usart.h"
