/* Two threads that a SysTick handler switches by PendSV, on their own stacks, with FP registers live in both, an SVC
   that uses the FPU too, and a thread that sleeps: what an RTOS does, in a hundred lines. */
#include "console.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define ICSR REGISTER(0xE000ED04)
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define SHPR3 REGISTER(0xE000ED20)

#ifndef __ARM_FP
#error "for a core with an FPU"
#endif

static uint32_t stacks[2][256] __attribute__((aligned(8)));
uint32_t *saved[2];
uint32_t current;
static volatile uint32_t ticks, calls;
static volatile float results[2];

void SysTick_Handler(void)
{
    ticks++;
    ICSR = 1u << 28;
}

void SVC_Handler(void)
{
    volatile float scale = 0.5f;
    calls++;
    scale *= 3.0f;
}

/* Saves r4-r11 and EXC_RETURN, and s16-s31 where the thread has an FP context. */
__attribute__((naked)) void PendSV_Handler(void)
{
    __asm volatile(
        "mrs r0, psp\n"
        "tst lr, #16\n"
        "it eq\n"
        "vstmdbeq r0!, {s16-s31}\n"
        "stmdb r0!, {r4-r11, lr}\n"
        "ldr r1, =current\n"
        "ldr r2, [r1]\n"
        "ldr r3, =saved\n"
        "str r0, [r3, r2, lsl #2]\n"
        "eor r2, r2, #1\n"
        "str r2, [r1]\n"
        "ldr r0, [r3, r2, lsl #2]\n"
        "ldmia r0!, {r4-r11, lr}\n"
        "tst lr, #16\n"
        "it eq\n"
        "vldmiaeq r0!, {s16-s31}\n"
        "msr psp, r0\n"
        "bx lr\n"
        ".pool\n");
}

static void work(uint32_t which)
{
    register float kept __asm("s16") = (float)which;
    float sum = kept;
    for (uint32_t i = 1; ticks < 12; i++) {
        sum += kept / (float)i;
        __asm volatile("" : "+t"(kept));
        if (which == 0 && i % 8 == 0)
            __asm volatile("svc #1" ::: "memory");
        if (which == 1 && i % 16 == 0)
            __asm volatile("wfi");
    }
    results[which] = sum;
    finish(0);
}

static void prepare(uint32_t which)
{
    uint32_t *top = &stacks[which][256];
    *--top = 0x01000000;
    *--top = (uint32_t)work & ~1u;
    for (int i = 0; i < 5; i++)
        *--top = 0;
    *--top = which; /* r0 */
    *--top = 0xFFFFFFFD;
    for (int i = 0; i < 8; i++)
        *--top = (uint32_t)i;
    saved[which] = top;
}

int main(void)
{
    prepare(1);
    SHPR3 = 0x80u << 24 | 0xFFu << 16; /* PendSV below SysTick */
    SYST_RVR = 299;
    SYST_CVR = 0;
    __asm volatile("msr psp, %0\nmsr control, %1\nisb" ::"r"(&stacks[0][256]), "r"(2));
    SYST_CSR = 7;
    work(0);
    return 0;
}
