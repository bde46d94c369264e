/* 64 MHz, USART1. */
#include "startup.h"

#include "stm32w.h"

#define USART 0x40013800
#define BUS_CLOCK 64000000
const unsigned console_irq = 36;

static void console_clocks(void)
{
    REG(RCC + 0x60) |= 1 << 14;
}

#include "stm32_usart.h"
