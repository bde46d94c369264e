/* 72 MHz of the parts with one register of clock configuration: two wait states, nine times the 8 MHz crystal. */

static void run_from_pll(void)
{
    REG(0x40022000) = 0x12; /* two wait states, prefetch */
    while (!(REG(0x40022000) & 1 << 5)) {
    }
    REG(RCC + 4) = 7 << 18 | 1 << 16 | 4 << 8;
    REG(RCC) |= 1 << 24;
    while (!(REG(RCC) & 1 << 25)) {
    }
    REG(RCC + 4) |= 2;
    while ((REG(RCC + 4) >> 2 & 3) != 2) {
    }
}
