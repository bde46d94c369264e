/* 216 MHz from a crystal by the PLL, over-drive, both caches, USART3. */
#include "startup.h"

#define RCC 0x40023800
#define PWR 0x40007000
#define USART 0x40004800
#define BUS_CLOCK 54000000
const unsigned console_irq = 39;

void SystemInit(void)
{
    REG(0xE000ED88) |= 0xF << 20;
    REG(0xE000EF50) = 0;
    REG(0xE000ED14) |= 3 << 16;
    REG(RCC) |= 1 << 16;
    while (!(REG(RCC) & 1 << 17)) {
    }
    REG(RCC + 0x40) |= 1 << 28;
    REG(PWR) |= 3 << 14;
    REG(RCC + 4) = 4 | 216 << 6 | 1 << 22 | 9 << 24;
    REG(RCC) |= 1 << 24;
    while (!(REG(RCC) & 1 << 25)) {
    }
    REG(PWR) |= 1 << 16;
    while (!(REG(PWR + 4) & 1 << 16)) {
    }
    REG(PWR) |= 1 << 17;
    while (!(REG(PWR + 4) & 1 << 17)) {
    }
    while (!(REG(PWR + 4) & 1 << 14)) {
    }
    REG(0x40023C00) = 0x307;
    while ((REG(0x40023C00) & 0xF) != 7) {
    }
    REG(RCC + 8) = REG(RCC + 8) | 2 | 5 << 10 | 4 << 13;
    while ((REG(RCC + 8) & 0xC) != 8) {
    }
}

static void console_clocks(void)
{
    REG(RCC + 0x30) |= 1 << 3;
    REG(RCC + 0x40) |= 1 << 18;
    REG(0x40020C00) |= 2 << 16 | 2 << 18;
}

#include "stm32_usart.h"
