/* CFSR, HFSR, DFSR: sticky, write one to clear; MMFAR and BFAR hold. */
#include "console.h"
#include "faults.h"

static volatile uint32_t skip;

/* Steps over a 16-bit instruction and leaves the status as it is. */
static int step_over(uint32_t *frame)
{
    frame[6] += skip;
    return 1;
}

static void show(const char *label) { print("%s cfsr=%x hfsr=%x\n", label, SCB_CFSR, SCB_HFSR); }
static void show_debug(const char *label) { print("%s dfsr=%x\n", label, SCB_DFSR); }

int main(void)
{
    enable_fault_handlers();
    fault_mend = step_over;
    skip = 2;
    show("start");
    __asm__ volatile("udf #0");
    show("undefined");
    __asm__ volatile("ldr r0, [%0]" :: "l"(0x60000040) : "r0");
    show("bus");
    print("bfar %x\n", SCB_BFAR);
    MPU_RBAR = 0x20010000 | 0x17;
    MPU_RASR = RASR(8, 0, 0);
    MPU_CTRL = 5;
    BARRIER();
    __asm__ volatile("ldr r0, [%0]" :: "l"(0x20010044) : "r0");
    show("mpu");
    print("mmfar %x bfar %x\n", SCB_MMFAR, SCB_BFAR);
    SCB_CFSR = 0;
    show("zero written");
    SCB_CFSR = 0x00010000;
    show("UNDEFINSTR cleared");
    *(volatile uint8_t *)0xE000ED29 = 0x02;
    show("PRECISERR cleared by a byte write");
    *(volatile uint8_t *)0xE000ED29 = 0x80;
    show("BFARVALID cleared by a byte write");
    *(volatile uint16_t *)0xE000ED28 = 0xFFFF;
    show("MMFSR and BFSR cleared");
    SCB_SHCSR = 0;
    BARRIER();
    __asm__ volatile("udf #0");
    show("forced");
    SCB_HFSR = 0;
    show("zero written");
    SCB_HFSR = 0x40000000;
    show("FORCED cleared");
    SCB_CFSR = 0xFFFFFFFF;
    show("all cleared");
    __asm__ volatile("bkpt #1");
    show_debug("breakpoint");
    SCB_HFSR = 0xFFFFFFFF;
    SCB_DFSR = 0;
    show_debug("zero written");
    SCB_DFSR = 0x1D;
    show_debug("the other bits cleared");
    SCB_DFSR = 2;
    show_debug("BKPT cleared");
    SCB_MMFAR = 0x12345678;
    SCB_BFAR = 0x9ABCDEF0;
    print("written mmfar %x bfar %x\n", SCB_MMFAR, SCB_BFAR);
    return 0;
}
