/* 72 MHz from an 8 MHz crystal by the PLL, LSI and LSE on the way, USART2. */
#include "startup.h"

#define RCC 0x40021000
#define USART 0x40004400
#define BUS_CLOCK 36000000
const unsigned console_irq = 38;

#include "stm32_pll.h"

void SystemInit(void)
{
    REG(0xE000ED88) |= 0xF << 20;
    REG(RCC) |= 1 << 16;
    while (!(REG(RCC) & 1 << 17)) {
    }
    REG(RCC + 0x1C) |= 1 << 28;
    REG(0x40007000) |= 1 << 8;
    REG(RCC + 0x20) |= 1;
    while (!(REG(RCC + 0x20) & 2)) {
    }
    REG(RCC + 0x24) |= 1;
    while (!(REG(RCC + 0x24) & 2)) {
    }
    run_from_pll();
}

static void console_clocks(void)
{
    REG(RCC + 0x14) |= 1 << 17;
    REG(RCC + 0x1C) |= 1 << 17;
    REG(0x48000000) |= 2 << 4 | 2 << 6;
}

#include "stm32_usart.h"
