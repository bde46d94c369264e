/*
 * A kernel with user threads and system calls: at each SVC three regions of the MPU are written, for one of two sets
 * of memory domains, before the thread goes on.
 */

#include "console.h"
#include "system.h"
#include <stdint.h>

#ifndef CALLS
#define CALLS 1000
#endif
#define STACK_SIZE 1024

static uint8_t stack[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static uint8_t domains[2][3][256] __attribute__((aligned(256)));
static volatile uint32_t calls;

void SVC_Handler(void)
{
    uint32_t set = calls & 1;
    for (unsigned n = 0; n < 3; n++)
        set_region(4 + n, domains[set][n], READ_WRITE, 8);
    __asm__ volatile("dsb\n isb");
    calls = calls + 1;
    if (calls <= CALLS)
        return;
    print("calls %d\n", CALLS); /* the last one ends the program */
    semihost(0x18, (void *)0x20026);
}

static void thread(void)
{
    for (uint32_t i = 0;; i++) {
        __asm__ volatile("svc 0" ::: "memory");
        for (unsigned n = 0; n < 3; n++)
            domains[i & 1][n][0] += (uint8_t)i;
    }
}

int main(void)
{
    set_region(0, (void *)0, READ_EXECUTE, 22);
    set_region(1, stack, READ_WRITE, 10);
    MPU_CTRL = 5;
    __asm__ volatile("msr psp, %0\n"
                     "mov r0, #3\n"
                     "msr control, r0\n"
                     "isb\n"
                     "bx %1\n" ::"r"(stack + STACK_SIZE),
                     "r"((uint32_t)thread | 1)
                     : "r0");
    return 1;
}
