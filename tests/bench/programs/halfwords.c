/* Executes at every halfword of the first EXECUTED KiB of MIB MiB of RAM, all of which hold BX LR. */

#include <stdint.h>

#ifndef MIB
#define MIB 1
#endif
#ifndef EXECUTED
#define EXECUTED (MIB * 1024)
#endif
#define BX_LR 0x47704770u

int main(void)
{
    volatile uint32_t *const words = (volatile uint32_t *)0x21000000;
    const uint32_t start = 0x21000000, end = start + EXECUTED * 1024;
    for (uint32_t n = 0; n < MIB * 0x40000; n++)
        words[n] = BX_LR;
    for (uint32_t address = start; address < end; address += 2)
        ((void (*)(void))(address | 1))();
    return 0;
}
