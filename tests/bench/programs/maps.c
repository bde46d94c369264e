/* A kernel that goes round TASKS memory maps, two regions each: what a change of the map costs. */

#include "console.h"
#include "system.h"
#include <stdint.h>

#ifndef TASKS
#define TASKS 32
#endif
#ifndef CHANGES
#define CHANGES 10000
#endif

static uint8_t stacks[TASKS][256] __attribute__((aligned(256)));

int main(void)
{
    uint32_t sum = 0;
    set_region(0, (void *)0, READ_EXECUTE, 22);
    set_region(1, (void *)0x20000000, READ_WRITE, 22);
    MPU_CTRL = 5;
    for (uint32_t task = 0, n = 0; n < CHANGES; n++) {
        set_region(6, stacks[task], READ_WRITE, 8);
        set_region(7, (void *)(0x20200000u + (task << 8)), READ_WRITE, 8);
        __asm__ volatile("dsb\n isb" ::: "memory");
        sum += ++stacks[task][0];
        task = task + 1 == TASKS ? 0 : task + 1;
    }
    print("changes %d %d\n", CHANGES, (int)(sum & 1));
    semihost(0x18, (void *)0x20026);
    return 1;
}
