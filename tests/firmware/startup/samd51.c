/* 120 MHz: the DFLL through a generator, a PLL from it, the cache on, SERCOM0 as a USART on its third interrupt. */
#include "startup.h"

#define OSCCTRL 0x40001000
#define GCLK 0x40001C00
#define SERCOM 0x40003000
const unsigned console_irq = 48;

static void generator(unsigned number, uint32_t settings)
{
    REG(GCLK + 0x20 + 4 * number) = settings;
    while (REG(GCLK + 4) & 4u << number) {
    }
}

void SystemInit(void)
{
    REG16(0x41004000) |= 5 << 8;
    while (!(REG(OSCCTRL + 0x10) & 1 << 8)) {
    }
    generator(5, 1 << 8 | 6 | 24u << 16);
    REG(GCLK + 0x80 + 4) = 1 << 6 | 5;
    REG(OSCCTRL + 0x34) = 59;
    REG8(OSCCTRL + 0x30) = 2;
    while ((REG(OSCCTRL + 0x40) & 3) != 3) {
    }
    generator(0, 1 << 8 | 7);
    REG(0x41006008) = 1;
    if (REG(0x4100600C) != 1)
        finish(0x20023);
}

void console_init(void)
{
    REG(0x40000814) |= 1 << 12;
    REG(SERCOM) = 1;
    while (REG(SERCOM + 0x1C) & 1) {
    }
    REG(SERCOM) = 1 << 2 | 1 << 20 | 1 << 30;
    REG(SERCOM + 4) = 3 << 16;
    REG16(SERCOM + 0xC) = 64278;
    REG(SERCOM) |= 2;
    while (REG(SERCOM + 0x1C)) {
    }
}

void console_put(char letter)
{
    while (!(REG8(SERCOM + 0x18) & 1)) {
    }
    REG(SERCOM + 0x28) = (uint8_t)letter;
}

int console_get(void)
{
    return REG8(SERCOM + 0x18) & 4 ? (int)REG(SERCOM + 0x28) : -1;
}

void console_interrupts(int on)
{
    REG8(on ? SERCOM + 0x16 : SERCOM + 0x14) = 4;
}
