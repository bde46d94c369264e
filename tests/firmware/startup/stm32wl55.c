/* 48 MHz, the radio out of its reset, USART2. */
#include "startup.h"

#include "stm32w.h"

#define USART 0x40004400
#define BUS_CLOCK 48000000
const unsigned console_irq = 37;

static void console_clocks(void)
{
    REG(RCC + 0x94) &= ~(1u << 15);
    while (REG(RCC + 0x94) & 1 << 14) {
    }
    while (REG(PWR + 0x14) & 1 << 1) {
    }
    REG(RCC + 0x58) |= 1 << 17;
}

#include "stm32_usart.h"
