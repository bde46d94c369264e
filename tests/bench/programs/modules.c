/*
 * A kernel whose applications are modules: unprivileged code reaches it through 32 bytes of flash that are open to it.
 * An SVC there makes the thread privileged and switches the MPU off, the kernel does its work, another SVC undoes both.
 */

#include "console.h"
#include "system.h"
#include <stdint.h>

#ifndef CALLS
#define CALLS 1000
#endif
#define STACK_SIZE 1024

static uint8_t stack[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static volatile uint32_t served;

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "ldr r1, [r0, #24]\n"
                     "ldrb r1, [r1, #-2]\n"
                     "movw r2, #0xED94\n"
                     "movt r2, #0xE000\n"
                     "cmp r1, #1\n"
                     "ite eq\n"
                     "moveq r3, #0\n"
                     "movne r3, #5\n"
                     "str r3, [r2]\n"
                     "dsb\n"
                     "isb\n"
                     "mrs r3, control\n"
                     "ite eq\n"
                     "biceq r3, #1\n"
                     "orrne r3, #1\n"
                     "msr control, r3\n"
                     "isb\n"
                     "bx lr\n");
}

__attribute__((used, noinline)) uint32_t serve(uint32_t request)
{
    served = served + request;
    return served;
}

/* The hole, in the middle of the kernel's own code. */
__attribute__((naked, aligned(32))) uint32_t enter(uint32_t request)
{
    (void)request;
    __asm__ volatile("push {r4, lr}\n"
                     "svc 1\n"
                     "bl serve\n"
                     "svc 2\n"
                     "pop {r4, pc}\n"
                     ".balign 32\n");
}

__attribute__((aligned(4096))) void module(void)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < CALLS; i++)
        sum += enter(i & 3);
    enter(0);
    __asm__ volatile("svc 1"); /* the end is the kernel's */
    print("served %d\n", (int)served);
    semihost(0x18, (void *)0x20026);
    for (;;)
        ;
}

int main(void)
{
    set_region(0, (void *)((uint32_t)enter & ~1u), READ_EXECUTE, 5);
    set_region(1, (void *)((uint32_t)module & ~1u), READ_EXECUTE, 12);
    set_region(2, stack, READ_WRITE, 10);
    MPU_CTRL = 5;
    __asm__ volatile("msr psp, %0\n"
                     "mov r0, #3\n"
                     "msr control, r0\n"
                     "isb\n"
                     "bx %1\n" ::"r"(stack + STACK_SIZE),
                     "r"((uint32_t)module | 1)
                     : "r0");
    return 1;
}
