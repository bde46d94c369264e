/* 80 MHz from MSI by the PLL, LSE on the way, USART2. */
#include "startup.h"

#define RCC 0x40021000
#define PWR 0x40007000
#define USART 0x40004400
#define BUS_CLOCK 80000000
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

static void console_clocks(void)
{
    REG(RCC + 0x58) |= 1 << 17;
}

#include "stm32_usart.h"
