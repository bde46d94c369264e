/* Every word of the board's devices as it is at reset. */
#include "console.h"
#include "faults.h"

#ifdef LM3S
static const uint32_t pages[] = {
    0x40000000, 0x40002000, 0x40004000, 0x40005000, 0x40006000, 0x40007000, 0x40008000, 0x4000C000, 0x4000D000,
    0x4000E000, 0x40020000, 0x40021000, 0x40024000, 0x40025000, 0x40026000, 0x40028000, 0x4002C000, 0x4002D000,
    0x40030000, 0x40031000, 0x40032000, 0x40033000, 0x40038000, 0x4003C000, 0x400FC000, 0x400FD000, 0x400FE000,
};
#else
static const uint32_t pages[] = {
    0x40000000, 0x40001000, 0x40002000, 0x40003000, 0x40004000, 0x40005000, 0x40006000, 0x40007000, 0x40008000,
    0x40009000, 0x40010000, 0x40011000, 0x40012000, 0x40013000, 0x40020000, 0x40021000, 0x40022000, 0x40023000,
    0x40024000, 0x40025000, 0x40026000, 0x40027000, 0x40028000, 0x40029000, 0x4002A000, 0x4002F000, 0x41000000,
};
#endif

int main(void)
{
    for (unsigned i = 0; i < sizeof pages / sizeof *pages; i++)
        for (uint32_t address = pages[i]; address < pages[i] + 0x1000; address += 4) {
            uint32_t word = REGISTER(address);
            if (word)
                print("%x %x\n", address, word);
        }
    return 0;
}
