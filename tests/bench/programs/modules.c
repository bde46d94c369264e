/*
 * A kernel with modules of user code, as ThreadX Modules is made: the user's entry is 32 bytes of a page of flash that
 * is the kernel's otherwise, and each call of a module switches the MPU on around it and off again. CALLS calls.
 */

#include "system.h"
#include <stdint.h>

#ifndef CALLS
#define CALLS 10000
#endif
#define ENABLE 5u

/* The user's part of the page: unprivileged code may execute these 32 bytes and no others of it. */
__attribute__((naked, aligned(32), noinline)) static void user_call(void)
{
    __asm__ volatile("mrs r1, control\n orr r1, #1\n msr control, r1\n isb\n"
                     "adds r0, #3\n svc 1\n bx lr\n .balign 32" ::
                         : "r0", "r1", "memory");
}

static volatile uint32_t calls;

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("mrs r1, control\n bic r1, #1\n msr control, r1\n isb\n bx lr\n");
}

__attribute__((noinline)) static uint32_t kernel_work(uint32_t value)
{
    for (int i = 0; i < 40; i++)
        value = value * 1664525u + 1013904223u;
    return value;
}

int main(void)
{
    static uint8_t own[1024] __attribute__((aligned(1024)));
    set_region(0, (const void *)((uint32_t)user_call & ~31u), 6u << 24, 5);
    set_region(1, own, READ_WRITE, 10);
    set_region(2, (const void *)0x20010000, READ_WRITE, 16); /* the stack */
    uint32_t value = 1;
    for (int n = 0; n < CALLS; n++) {
        value = kernel_work(value);
        MPU_CTRL = ENABLE;
        __asm__ volatile("dsb\n isb");
        user_call();
        own[n & 1023] = (uint8_t)value;
        MPU_CTRL = 0;
        __asm__ volatile("dsb\n isb");
        calls++;
    }
    return calls != CALLS;
}
