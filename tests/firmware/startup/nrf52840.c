/* The 32 MHz and 32 kHz clocks, RTC1 for a moment, UARTE0 by DMA and UART0's receiver. */
#include "startup.h"

#define CLOCK 0x40000000
#define UART 0x40002000
#define RTC1 0x40011000
const unsigned console_irq = 2;

void SystemInit(void)
{
    if (REG(0x10001200) == 0xFFFFFFFF) /* UICR: would be programmed, and reset */
        finish(0x20023);
    REG(CLOCK + 0x100) = 0;
    REG(CLOCK) = 1;
    while (!REG(CLOCK + 0x100)) {
    }
    REG(CLOCK + 0x518) = 1;
    REG(CLOCK + 0x104) = 0;
    REG(CLOCK + 8) = 1;
    while (!REG(CLOCK + 0x104)) {
    }
    while ((REG(CLOCK + 0x418) & 0x10001) != 0x10001) {
    }
    REG(RTC1) = 1;
    while (REG(RTC1 + 0x504) < 2) {
    }
}

void console_init(void)
{
    REG(UART + 0x524) = 0x10000000; /* 1 Mbaud */
    REG(UART + 0x500) = 4;
    REG(UART) = 1;
}

void console_put(char letter)
{
    static char buffer[1];
    buffer[0] = letter;
    REG(UART + 0x500) = 8;
    REG(UART + 0x544) = (uint32_t)(uintptr_t)buffer;
    REG(UART + 0x548) = 1;
    REG(UART + 0x120) = 0;
    REG(UART + 8) = 1;
    while (!REG(UART + 0x120)) {
    }
    REG(UART + 0x500) = 4;
}

int console_get(void)
{
    if (!REG(UART + 0x108))
        return -1;
    REG(UART + 0x108) = 0;
    return (int)REG(UART + 0x518);
}

void console_interrupts(int on)
{
    REG(on ? UART + 0x304 : UART + 0x308) = 1 << 2;
}
