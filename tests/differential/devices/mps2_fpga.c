/* FPGAIO and SCC as start-up code uses them, and the ranges that read as zero. */
#include "console.h"
#include "registers.h"

#define FPGAIO 0x40028000
#define SCC 0x4002F000

int main(void)
{
    print("led %x button %x misc %x\n", REG(FPGAIO), REG(FPGAIO + 8), REG(FPGAIO + 0x4C));
    REG(FPGAIO) = 0xFF;
    REG(FPGAIO + 0x4C) = 0x1234;
    print("led %x misc %x\n", REG(FPGAIO), REG(FPGAIO + 0x4C));
    REG(FPGAIO + 0x10) = 100;
    REG(FPGAIO + 0x14) = 200;
    print("seconds %d hundredths %d\n", REG(FPGAIO + 0x10), REG(FPGAIO + 0x14));
    uint32_t before = REG(FPGAIO + 0x18);
    for (volatile int i = 0; i < 1000; i++)
        ;
    print("counter %s\n", REG(FPGAIO + 0x18) > before ? "runs" : "stands");
    while (REG(FPGAIO + 0x14) == 200)
        ;
    print("hundredths %d\n", REG(FPGAIO + 0x14));

    print("scc id %x aid %x cfg4 %x dll %x\n", REG(SCC + 0xFFC) & 0xFF00000F, REG(SCC + 0xFF8), REG(SCC + 0x10),
          REG(SCC + 0x100));
    for (uint32_t n = 0; n < 4; n++) {
        REG(SCC + 0xA8) = 0x80100000 | n;
        print("oscillator %d: stat %x %d Hz\n", n, REG(SCC + 0xAC), REG(SCC + 0xA0));
    }
    REG(SCC + 0xA4) = 12345678;
    REG(SCC + 0xA8) = 0xC0100001;
    REG(SCC + 0xA8) = 0x80100001;
    print("set: stat %x %d ctrl %x\n", REG(SCC + 0xAC), REG(SCC + 0xA0), REG(SCC + 0xA8));
    for (uint32_t address = 0x40003000; address < 0x40004000; address += 0x400) {
        REG(address) = 0xFFFFFFFF;
        print("%x: %x\n", address, REG(address));
    }
    return 0;
}
