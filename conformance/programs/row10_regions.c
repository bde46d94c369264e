/* MPU registers: selection, aliases, overlap, subregions, the largest and the smallest size. */
#include "console.h"
#include "faults.h"

PROBE(load, "ldr r0, [r0]")
PROBE(store, "str r1, [r0]\n\tmovs r0, #1")
#define AREA 0x20010000

static void region(uint32_t number, uint32_t base, uint32_t rasr)
{
    MPU_RBAR = base | 0x10 | number;
    MPU_RASR = rasr;
    BARRIER();
}

/* A subregion that is off, and nothing below: the background map decides. */
static void background(void)
{
    MPU_CTRL = 0;
    BARRIER();
    region(3, 0, 0);
    region(0, 0, RASR(20, 6, 0));          /* code */
    region(1, 0x20000000, RASR(16, 3, 0)); /* data */
    region(2, 0x2001F000, RASR(12, 3, 0)); /* stack */
    region(4, AREA, RASR(8, 0, 0) | 0x0200);
    MPU_CTRL = 5;
    BARRIER();
    TRY("background, privileged", load, AREA + 0x20, 0);
    TRY("no background, privileged", load, AREA + 0x40, 0);
    TRY_UNPRIVILEGED("background, unprivileged", load, AREA + 0x20, 0);
    MPU_CTRL = 1;
    BARRIER();
    TRY("background without PRIVDEFENA", load, AREA + 0x20, 0);
}

int main(void)
{
    enable_fault_handlers();
    print("MPU_TYPE %x\n", MPU_TYPE);
    MPU_RNR = 2;
    MPU_RBAR = 0x20000000 | 0x15;
    print("VALID selects %x RBAR %x\n", MPU_RNR, MPU_RBAR);
    MPU_RBAR = 0x20001000 | 0x03;
    print("without VALID %x RBAR %x\n", MPU_RNR, MPU_RBAR);
    MPU_RASR = 0xFFFFFFC0 & ~1u;
    print("RASR reads %x\n", MPU_RASR);
    MPU_RASR = 0;
    for (uint32_t i = 0; i < 4; i++) {
        REGISTER(0xE000ED9C + 8 * i) = 0x30000000 + 0x100 * i + (0x10 | i);
        REGISTER(0xE000EDA0 + 8 * i) = i << 16 | 0x20;
    }
    for (uint32_t i = 0; i < 4; i++) {
        MPU_RNR = i;
        print("alias wrote region %d: %x %x\n", (int)i, MPU_RBAR, MPU_RASR);
        MPU_RASR = 0;
    }
    region(0, 0, RASR(32, 3, 0));
    MPU_CTRL = 1;
    BARRIER();
    TRY("4 GiB", load, 0x21FFFFF0, 0);
    region(1, AREA, RASR(12, 0, 0));
    region(3, AREA, RASR(10, 6, 0));
    TRY("overlap lower number", load, AREA + 0x400, 0);
    TRY("overlap higher number", load, AREA + 0x3FC, 0);
    TRY("overlap store", store, AREA, 0);
    region(3, AREA, RASR(8, 3, 0) | 0x0500); /* subregions 0 and 2 off */
    TRY("subregion off falls to region 1", load, AREA + 0x1C, 0);
    TRY("subregion on", load, AREA + 0x20, 0);
    TRY("subregion off again", load, AREA + 0x40, 0);
    region(1, AREA, 0);
    TRY("falls to region 0", load, AREA + 0x40, 0);
    region(4, AREA, RASR(8, 0, 0) | 0xFF00);
    TRY("all subregions off", load, AREA + 0x20, 0);
    region(5, AREA, RASR(5, 0, 0));
    TRY("32 bytes", load, AREA + 0x1C, 0);
    TRY("32 bytes above", load, AREA + 0x20, 0);
    region(5, AREA + 0x80, RASR(7, 0, 0) | 0xFF00);
    TRY("128 bytes have no subregions", load, AREA + 0x80, 0);
    region(5, 0, 0);
    background();
    MPU_CTRL = 0;
    BARRIER();
    MPU_RNR = 3;
    MPU_RNR = 200;
    print("RNR out of range: %x\n", MPU_RNR);
    MPU_RBAR = 0x20000000 | 0x1F;
    print("RBAR out of range: %x\n", MPU_RNR);
    MPU_RNR = 0xFFFFFFFF;
    MPU_RASR = 0;
    print("still here\n");
    return 0;
}
