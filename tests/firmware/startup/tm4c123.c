/* 80 MHz from a 16 MHz crystal by the PLL, as SysCtlClockSet does it, UART0. */
#include "startup.h"

#define SYSCTL 0x400FE000
#define UART 0x4000C000
const unsigned console_irq = 5;

void SystemInit(void)
{
    uint32_t rcc = REG(SYSCTL + 0x60), rcc2 = REG(SYSCTL + 0x70);

    REG(0xE000ED88) |= 0xF << 20;
    REG(SYSCTL + 0x60) = rcc = (rcc | 1 << 11) & ~(1u << 22);
    REG(SYSCTL + 0x70) = rcc2 = rcc2 | 1 << 11;
    REG(SYSCTL + 0x60) = rcc = rcc & ~1u;
    while (!(REG(SYSCTL + 0x50) & 1 << 8)) {
    }
    rcc2 = (rcc2 & ~(7u << 4)) | 1u << 31;
    REG(SYSCTL + 0x58) = 1 << 6;
    REG(SYSCTL + 0x70) = rcc2 = rcc2 & ~(1u << 13);
    REG(SYSCTL + 0x60) = rcc = (rcc & ~(0x1Fu << 6)) | 0x15 << 6;
    while (!(REG(SYSCTL + 0x50) & 1 << 6)) {
    }
    while (!(REG(SYSCTL + 0x168) & 1)) {
    }
    REG(SYSCTL + 0x70) = 1u << 30 | 4 << 22 | (rcc2 & ~(0x7Fu << 22 | 1 << 11));
    REG(SYSCTL + 0x60) = (rcc & ~(1u << 11)) | 1 << 22;
}

void console_init(void)
{
    REG(SYSCTL + 0x618) |= 1;
    REG(SYSCTL + 0x608) |= 1;
    while (!(REG(SYSCTL + 0xA18) & 1) || !(REG(SYSCTL + 0xA08) & 1)) {
    }
    REG(0x40058420) |= 3; /* the port's other aperture */
    REG(0x4005851C) |= 3;
    REG(UART + 0x30) = 0;
    REG(UART + 0x24) = 43;
    REG(UART + 0x28) = 26;
    REG(UART + 0x2C) = 3 << 5;
    REG(UART + 0x30) = 0x301;
}

void console_put(char letter)
{
    while (REG(UART + 0x18) & 1 << 5) {
    }
    REG(UART) = (uint8_t)letter;
}

int console_get(void)
{
    return REG(UART + 0x18) & 1 << 4 ? -1 : (int)(REG(UART) & 0xFF);
}

void console_interrupts(int on)
{
    REG(UART + 0x44) = 0x7FF;
    REG(UART + 0x38) = on << 4;
}
