/* The console of the parts whose USART has ISR, RDR and TDR. USART is its address, BUS_CLOCK what it counts. */

void console_init(void)
{
    console_clocks();
    REG(USART + 12) = BUS_CLOCK / 115200;
    REG(USART) = 3 << 2;
    REG(USART) |= 1;
    while ((REG(USART + 0x1C) >> 21 & 3) != 3) {
    }
}

void console_put(char letter)
{
    while (!(REG(USART + 0x1C) & 1 << 7)) {
    }
    REG16(USART + 0x28) = (uint8_t)letter;
}

int console_get(void)
{
    return REG(USART + 0x1C) & 1 << 5 ? (int)(REG16(USART + 0x24) & 0xFF) : -1;
}

void console_interrupts(int on)
{
    REG(USART) = 3 << 2 | 1 | on << 5;
}
