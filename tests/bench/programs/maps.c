/* A bare kernel with TASKS memory maps: each switch writes two regions of the heir's, which it then stores to. */

#include "system.h"
#include <stdint.h>

#ifndef TASKS
#define TASKS 32
#endif
#ifndef SWITCHES
#define SWITCHES 100000
#endif
#define RAM_OF_TASKS 0x21000000u

static void switch_to(uint32_t task)
{
    volatile uint32_t *own = (volatile uint32_t *)(RAM_OF_TASKS + task * 0x2000);
    set_region(6, (const void *)own, READ_WRITE, 12);
    set_region(7, (const void *)(own + 1024), READ_WRITE, 12);
    __asm__ volatile("dsb\n isb");
    own[0]++;
    own[1024]++;
}

int main(void)
{
    set_region(0, (void *)0, READ_EXECUTE, 22);
    set_region(1, (void *)0x20000000, READ_WRITE, 22);
    MPU_CTRL = 1;
    for (uint32_t n = 0, task = 0; n < SWITCHES; n++) {
        switch_to(task);
        task = task + 1 < TASKS ? task + 1 : 0;
    }
    return 0;
}
