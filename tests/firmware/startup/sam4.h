/* 120 MHz from a crystal by PLLA, the watchdog off, a UART. */

#define PMC 0x400E0400

static void wait_for(uint32_t bit)
{
    while (!(REG(PMC + 0x68) & bit)) {
    }
}

void SystemInit(void)
{
    REG(WDT + 4) = 1 << 15;
    REG(0x400E0A00) = 5 << 8;
    REG(PMC + 0x20) = 0x37 << 16 | 8 << 8 | 1 << 3 | 1;
    wait_for(1 << 0);
    REG(PMC + 0x20) = 0x37 << 16 | 8 << 8 | 1 << 3 | 1 | 1 << 24;
    wait_for(1 << 16);
    REG(PMC + 0x28) = 1 << 29 | 19 << 16 | 0x3F << 8 | 1;
    wait_for(1 << 1);
    REG(PMC + 0x30) = 1 << 4 | 1;
    wait_for(1 << 3);
    REG(PMC + 0x30) = 1 << 4 | 2;
    wait_for(1 << 3);
}

void console_init(void)
{
    REG(PMC + 0x10) = 1u << console_irq;
    REG(UART + 4) = 4 << 9;
    REG(UART + 0x20) = 120000000 / 16 / 115200;
    REG(UART) = 1 << 4 | 1 << 6;
    REG(TC + 4) = 1 << 15 | 2 << 13 | 1; /* up to RC, at an eighth of the clock */
    REG(TC + 0x1C) = 100;
    REG(TC) = 1 << 0 | 1 << 2;
    while (!(REG(TC + 0x20) & 1 << 4)) {
    }
}

void console_put(char letter)
{
    while (!(REG(UART + 0x14) & 2)) {
    }
    REG(UART + 0x1C) = (uint8_t)letter;
}

int console_get(void)
{
    return REG(UART + 0x14) & 1 ? (int)REG(UART + 0x18) : -1;
}

void console_interrupts(int on)
{
    REG(on ? UART + 8 : UART + 12) = 1;
}
