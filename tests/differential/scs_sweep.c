/* Every word of the System Control Space: as it is at first, and as it reads after each of four words was written. */
#include "console.h"
#include "faults.h"

#define WORDS 1024
#define SPACE 0xE000E000u

static const uint32_t patterns[] = {0xFFFFFFFF, 0x55555555, 0xAAAAAAAA, 0};
static uint32_t seen[WORDS][5];

/* Not swept: SYST_CSR and SYST_CVR move by themselves, AIRCR resets, the MPU has tests of its own. */
static int is_left_out(uint32_t address)
{
    return address == 0xE000E010 || address == 0xE000E018 || address == 0xE000ED0C ||
           (address >= 0xE000ED90 && address <= 0xE000EDB8);
}

/* NMI is the one exception that FAULTMASK does not hold back. */
static uint32_t harmless(uint32_t address, uint32_t word)
{
    return address == 0xE000ED04 ? word & 0x7FFFFFFF : word;
}

static void sweep(void)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        uint32_t address = SPACE + 4 * i;
        if (is_left_out(address))
            continue;
        uint32_t before = seen[i][0] = REGISTER(address);
        for (unsigned p = 0; p < 4; p++) {
            REGISTER(address) = harmless(address, patterns[p]);
            seen[i][1 + p] = REGISTER(address);
        }
        REGISTER(address) = harmless(address, before);
    }
    /* What the sweep has pended and enabled by the way. */
    REGISTER(0xE000E180) = REGISTER(0xE000E280) = 0xFFFFFFFF;
    SCB_ICSR = 1u << 27 | 1u << 25;
}

int main(void)
{
    __asm__ volatile("cpsid f" ::: "memory");
    sweep();
    __asm__ volatile("cpsie f" ::: "memory");
    for (uint32_t i = 0; i < WORDS; i++)
        if (seen[i][0] | seen[i][1] | seen[i][2] | seen[i][3] | seen[i][4])
            print("%x %x %x %x %x %x\n", SPACE + 4 * i, seen[i][0], seen[i][1], seen[i][2], seen[i][3], seen[i][4]);
    return 0;
}
