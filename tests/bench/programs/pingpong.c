/*
 * The work of yields.c on a bare image that switches by itself: two tasks hand the processor to each other with SVC,
 * whose handler pends PendSV, which rewrites the MPU for the heir: its own stack and not the other's.
 */

#include "console.h"
#include "system.h"
#include <stdint.h>

#ifndef YIELDS
#define YIELDS 1000
#endif
#define STACK_SIZE 1024

static uint8_t stacks[2][STACK_SIZE] __attribute__((aligned(2 * STACK_SIZE)));
static uint32_t *saved[2];
static volatile uint32_t current, finished;

/* Called by PendSV with the outgoing task's stack pointer; returns the heir's. */
uint32_t *next_task(uint32_t *outgoing)
{
    saved[current] = outgoing;
    current ^= 1;
    set_region(3, stacks[current], READ_WRITE, 10);
    __asm__ volatile("dsb\n isb");
    return saved[current];
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "stmdb r0!, {r4-r11, lr}\n"
                     "bl next_task\n"
                     "ldmia r0!, {r4-r11, lr}\n"
                     "msr psp, r0\n"
                     "bx lr\n");
}

void SVC_Handler(void)
{
    ICSR = 1u << 28;
}

static void task(void)
{
    for (int i = 0; i < YIELDS; i++)
        __asm__ volatile("svc 0" ::: "memory");
    if (++finished == 2) {
        print("yields %d\n", 2 * YIELDS);
        semihost(0x18, (void *)0x20026);
    }
    for (;;)
        __asm__ volatile("svc 0" ::: "memory");
}

int main(void)
{
    SHPR3 = 0x00E00000u; /* PendSV below SVC */
    for (unsigned i = 0; i < 2; i++) {
        uint32_t *frame = (uint32_t *)(stacks[i] + STACK_SIZE) - 17;
        for (int n = 0; n < 17; n++)
            frame[n] = 0;
        frame[8] = 0xFFFFFFFDu;
        frame[15] = (uint32_t)task & ~1u;
        frame[16] = 1u << 24;
        saved[i] = frame;
    }
    set_region(0, (void *)0, READ_EXECUTE, 22);
    set_region(1, (void *)0x20000000, READ_WRITE, 22);
    set_region(2, stacks, NO_ACCESS, 11);
    set_region(3, stacks[0], READ_WRITE, 10);
    MPU_CTRL = 1;
    __asm__ volatile("msr psp, %0\n"
                     "mov r0, #2\n"
                     "msr control, r0\n"
                     "isb\n"
                     "bx %1\n" ::"r"(stacks[0] + STACK_SIZE),
                     "r"((uint32_t)task | 1)
                     : "r0");
    return 1;
}
