/* 400 MHz from a crystal by PLL1, VOS1 by LDO, both caches, CSI and HSI48 on the way, USART3. */
#include "startup.h"

#define RCC 0x58024400
#define PWR 0x58024800
#define USART 0x40004800
#define BUS_CLOCK 100000000
const unsigned console_irq = 39;

static void wait_for(uint32_t address, uint32_t bits)
{
    while ((REG(address) & bits) != bits) {
    }
}

void SystemInit(void)
{
    REG(0xE000ED88) |= 0xF << 20;
    REG(0xE000EF50) = 0;
    REG(0xE000ED14) |= 3 << 16;
    REG(PWR + 12) = (REG(PWR + 12) & ~7u) | 2;
    wait_for(PWR + 4, 1 << 13);
    REG(PWR + 0x18) = 3 << 14;
    wait_for(PWR + 0x18, 1 << 13);
    wait_for(PWR + 4, 3 << 14);
    REG(RCC) |= 1 << 16 | 1 << 12 | 1 << 7;
    wait_for(RCC, 1 << 17 | 1 << 13 | 1 << 2);
    REG(RCC + 0x28) = 4 << 4 | 2;
    REG(RCC + 0x30) = 399 | 1 << 9 | 3 << 16 | 1 << 24;
    REG(RCC) |= 1 << 24;
    wait_for(RCC, 1 << 25);
    REG(0x52002000) = 0x24;
    while ((REG(0x52002000) & 0xF) != 4) {
    }
    REG(RCC + 0x18) = 8;
    REG(RCC + 0x10) |= 3;
    while ((REG(RCC + 0x10) & 0x38) != 0x18) {
    }
    REG(RCC + 0xF4) |= 1 << 1;
    REG(0x58000420) |= 1;
    wait_for(0x58000420, 1 << 8);
}

static void console_clocks(void)
{
    REG(RCC + 0xE0) |= 1 << 3;
    REG(RCC + 0xE8) |= 1 << 18;
    REG(0x58020C00) = (REG(0x58020C00) & ~(0xFu << 16)) | 2 << 16 | 2 << 18;
}

#include "stm32_usart.h"
