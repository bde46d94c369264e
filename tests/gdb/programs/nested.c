/* Two handlers, one inside the other, on top of a function with floats in s16: what bt has to find its way through. */
#include <stdint.h>
#include "console.h"

#define ISPR (*(volatile uint32_t *)0xE000E200)
#define ISER (*(volatile uint32_t *)0xE000E100)
#define IPR (*(volatile uint32_t *)0xE000E400)

volatile float sink;
volatile uint32_t innermost_count, watched[4];

__attribute__((noinline)) void innermost(uint32_t depth)
{
    innermost_count += depth;
}

void IRQ1_Handler(void)
{
    innermost(2);
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
    sink = interrupted_again(sink + 1.5f);
}

__attribute__((noinline)) float with_floats(float a, float b)
{
    float c = a * b;
    ISPR = 1;
    __asm__ volatile("dsb; isb; nop; nop");
    return c + a / b;
}

__attribute__((noinline)) uint32_t counts(uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        ((volatile uint8_t *)watched)[i & 7] = (uint8_t)(sum += i);
    return sum;
}

int main(void)
{
    IPR = 0x0080;           /* IRQ0 below IRQ1 */
    ISER = 3;
    sink = 2.0f;
    sink = with_floats(sink, 4.0f);
    watched[2] = counts(5);
    return innermost_count == 2 ? 0 : 1;
}
