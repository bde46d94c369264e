/* The clocks of the parts that share them with a second core: from MSI by the PLL, LSE on the way. */

#define RCC 0x58000000
#define PWR 0x58000400
#define FLASH_ACR 0x58004000

static void wait_until(uint32_t address, uint32_t bits)
{
    while ((REG(address) & bits) != bits) {
    }
}

void SystemInit(void)
{
    wait_until(RCC, 1 << 1);
    REG(PWR) = (REG(PWR) & ~(3u << 9)) | 1 << 9 | 1 << 8;
    while (REG(PWR + 0x14) & 1 << 10) {
    }
    REG(RCC + 0x90) |= 1;
    wait_until(RCC + 0x90, 2);
    REG(FLASH_ACR) = 0x703;
    while ((REG(FLASH_ACR) & 7) != 3) {
    }
    REG(RCC + 0xC) = 1 | 32 << 8 | 1 << 28 | 1 << 29;
    REG(RCC) |= 1 << 24;
    wait_until(RCC, 1 << 25);
    REG(RCC + 0x108) |= 8; /* half of it for the second core and the flash */
    wait_until(RCC + 0x108, 3 << 16);
    REG(RCC + 8) |= 3;
    wait_until(RCC + 8, 7 << 16 | 3 << 2);
    REG(0x5800149C); /* hardware semaphore 7, taken by a read */
    if (REG(0x5800149C) != (1u << 31 | 4 << 8))
        finish(0x20023);
}
