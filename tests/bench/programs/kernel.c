/*
 * A bare-metal kernel as an RTOS is built: a tick that preempts, PendSV switches that rewrite the MPU for each task
 * (its own stack and nothing of the others'), FP registers saved when a task uses them. Four tasks share the work;
 * two of them compute with floats. Ends when SWITCHES switches were made.
 */

#include "console.h"
#include "system.h"
#include <stdint.h>

#ifndef SWITCHES
#define SWITCHES 100
#endif
#ifndef TICK
#define TICK 20000
#endif
#define TASKS 4
#define STACK_SIZE 1024

#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define SHCSR REGISTER(0xE000ED24)
#define CPACR REGISTER(0xE000ED88)

static uint8_t stacks[TASKS][STACK_SIZE] __attribute__((aligned(TASKS * STACK_SIZE)));
static uint32_t *saved[TASKS];
static volatile uint32_t current, switches, results[TASKS];

/* Called by PendSV with the outgoing task's stack pointer; returns the heir's. */
uint32_t *next_task(uint32_t *outgoing)
{
    if (outgoing)
        saved[current] = outgoing;
    if (++switches > SWITCHES) {
        uint32_t sum = 0;
        for (unsigned i = 0; i < TASKS; i++)
            sum |= results[i] == 0;
        print("switches %d idle tasks %d\n", (int)switches - 1, (int)sum);
        semihost(0x18, (void *)0x20026);
    }
    current = (current + 1) % TASKS;
    set_region(3, stacks[current], READ_WRITE, 10);
    __asm__ volatile("dsb\n isb");
    return saved[current];
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "tst lr, #4\n"
                     "ite eq\n"
                     "moveq r0, #0\n"
                     "stmdbne r0!, {r4-r11}\n"
                     "beq 1f\n"
                     "tst lr, #16\n"
                     "it eq\n"
                     "vstmdbeq r0!, {s16-s31}\n"
                     "stmdb r0!, {r3, lr}\n"
                     "1: bl next_task\n"
                     "ldmia r0!, {r3, lr}\n"
                     "tst lr, #16\n"
                     "it eq\n"
                     "vldmiaeq r0!, {s16-s31}\n"
                     "ldmia r0!, {r4-r11}\n"
                     "msr psp, r0\n"
                     "bx lr\n");
}

void SysTick_Handler(void)
{
    ICSR = 1u << 28;
}

static void integer_task(void)
{
    uint32_t value = 1;
    for (;;) {
        for (int i = 0; i < 1000; i++)
            value = value * 1664525u + 1013904223u;
        results[current] += value | 1;
    }
}

static void float_task(void)
{
    float value = 1.0f;
    for (;;) {
        for (int i = 0; i < 1000; i++)
            value = value * 1.0001f + 0.5f;
        results[current] += (uint32_t)value | 1;
        value = value > 1e6f ? 1.0f : value;
    }
}

int main(void)
{
    CPACR |= 15u << 20;
    SHCSR |= 1u << 16;
    SHPR3 = 0x80E00000u; /* SysTick above PendSV */
    for (unsigned i = 0; i < TASKS; i++) {
        uint32_t *frame = (uint32_t *)(stacks[i] + STACK_SIZE) - 18;
        for (int n = 0; n < 18; n++)
            frame[n] = 0;
        frame[1] = 0xFFFFFFFDu;
        frame[16] = (uint32_t)(i & 1 ? float_task : integer_task) & ~1u;
        frame[17] = 1u << 24;
        saved[i] = frame;
    }
    set_region(0, (void *)0, READ_EXECUTE, 22);
    set_region(1, (void *)0x20000000, READ_WRITE, 22);
    set_region(2, stacks, NO_ACCESS, 12);
    MPU_CTRL = 1;
    SYST_RVR = TICK - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    ICSR = 1u << 28;
    for (;;)
        ;
}
