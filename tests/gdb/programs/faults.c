/* Faults in each kind of context, chosen by -DWHERE=: what a core file of them shows. */
#include <stdint.h>
#include "console.h"

#define ISPR (*(volatile uint32_t *)0xE000E200)
#define ISER (*(volatile uint32_t *)0xE000E100)
#define IPR (*(volatile uint32_t *)0xE000E400)
#define SHCSR (*(volatile uint32_t *)0xE000ED24)

#define IN_MAIN 0      /* on MSP */
#define ON_PSP 1       /* in Thread mode, on PSP */
#define IN_HANDLERS 2  /* in a handler, in a handler, above floats */
#define ABOVE_PSP 3    /* in a handler that interrupted Thread mode on PSP */
#define LOCKS_UP 4     /* and HardFault's handler faults, too */

volatile float sink = 2.0f;
uint64_t process_stack[64];

__attribute__((noinline)) static uint32_t load(volatile uint32_t *address)
{
    return *address + 1;
}

__attribute__((noinline)) uint32_t faults(uint32_t offset)
{
    return load((volatile uint32_t *)(0x60000000u + offset)) + 1;
}

void HardFault_Handler(void)
{
#if WHERE == LOCKS_UP
    faults(4);
#endif
    __asm__ volatile("vmov.f32 s20, #2.0" : : : "s20");
    for (;;) {
    }
}

void IRQ1_Handler(void)
{
    sink += (float)faults(8);
}

__attribute__((noinline)) float interrupted_again(float x)
{
    float y = x * 3.0f;
    ISPR = 2;
    __asm__ volatile("dsb; isb; nop; nop");
    return y + sink;
}

void IRQ0_Handler(void)
{
#if WHERE == ABOVE_PSP
    faults(12);
#else
    sink = interrupted_again(sink + 1.5f);
#endif
}

__attribute__((noinline)) float with_floats(float a, float b)
{
    float c = a * b;
    ISPR = 1;
    __asm__ volatile("dsb; isb; nop; nop");
    return c + a / b;
}

__attribute__((noinline)) uint32_t interrupted_on_psp(uint32_t depth)
{
    ISPR = 1;
    __asm__ volatile("dsb; isb; nop; nop");
    return depth + 1;
}

int main(void)
{
    IPR = 0x0080; /* IRQ0 below IRQ1 */
    ISER = 3;
#if WHERE == ON_PSP || WHERE == ABOVE_PSP
    __asm__ volatile("msr psp, %0; mov r3, #2; msr control, r3; isb" : : "r"(process_stack + 64) : "r3", "memory");
#endif
    __asm__ volatile("vmov.f32 s20, #1.25" : : : "s20");
#if WHERE == IN_HANDLERS
    sink = with_floats(sink, 4.0f);
#elif WHERE == ABOVE_PSP
    interrupted_on_psp(1);
#else
    faults(0);
#endif
    return 0;
}
