/* SysTick's handler returns with an EXC_RETURN that is none; its stack pointer moves as no debug information says. */
#include <stdint.h>

volatile uint32_t ticks;

int main(void)
{
    *(volatile uint32_t *)0xE000E014 = 1000;
    *(volatile uint32_t *)0xE000E010 = 7;
    for (;;)
        ticks += 2;
}

__attribute__((naked)) void SysTick_Handler(void)
{
    __asm volatile("push {r4, lr}\n mvn r0, #0xf\n str r0, [sp, #4]\n bad_return: pop {r4, pc}");
}
