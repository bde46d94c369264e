/* User mode as Zephyr has it: an SVC, a system call in the kernel, three region writes, back to user code. CALLS calls. */

#include "system.h"
#include <stdint.h>

#ifndef CALLS
#define CALLS 10000
#endif
#define STACK_SIZE 1024

static uint8_t stack[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static uint8_t parts[4][256] __attribute__((aligned(1024)));
static volatile uint32_t calls;
int finish(int code);

void serve(uint32_t *frame)
{
    if (++calls > CALLS)
        finish(0);
    frame[0] = calls;
    set_region(3, stack, READ_WRITE, 10);
    set_region(4, parts[calls & 3], READ_WRITE, 8);
    set_region(5, parts[(calls + 1) & 3], READ_WRITE, 8);
    __asm__ volatile("dsb\n isb");
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__ volatile("push {r4, lr}\n mrs r0, psp\n bl serve\n pop {r4, pc}\n");
}

static uint32_t system_call(uint32_t argument)
{
    register uint32_t r0 __asm__("r0") = argument;
    __asm__ volatile("svc 3" : "+r"(r0)::"memory", "r1", "r2", "r3", "r12");
    return r0;
}

static void user(void)
{
    uint32_t value = 1;
    for (;;) {
        for (int i = 0; i < 20; i++)
            value = value * 1664525u + 1013904223u;
        uint32_t call = system_call(value);
        parts[call & 3][value >> 24] = (uint8_t)call;
    }
}

int main(void)
{
    set_region(0, (void *)0, READ_EXECUTE, 22);
    set_region(3, stack, READ_WRITE, 10);
    set_region(4, parts[0], READ_WRITE, 8);
    set_region(5, parts[1], READ_WRITE, 8);
    MPU_CTRL = 5;
    __asm__ volatile("msr psp, %0\n"
                     "mov r0, #3\n"
                     "msr control, r0\n"
                     "isb\n"
                     "bx %1\n" ::"r"(stack + STACK_SIZE),
                     "r"((uint32_t)user | 1)
                     : "r0");
    return 1;
}
