/* A loop that polls one register of a device, COUNT times. */

#include <stdint.h>

#ifndef COUNT
#define COUNT 1000000
#endif

#define SYSTICK 1
#define COUNTFLAG 2
#define UART 3
#define ABSENT 4
#define ICSR 5
#define MEMORY 6
#define DECLARED 7

#if WHAT == SYSTICK
#define ADDRESS 0xE000E018
#elif WHAT == COUNTFLAG
#define ADDRESS 0xE000E010
#elif WHAT == UART
#define ADDRESS 0x40004004
#elif WHAT == ABSENT
#define ADDRESS 0x4001F004
#elif WHAT == ICSR
#define ADDRESS 0xE000ED04
#elif WHAT == MEMORY
#define ADDRESS 0x20010000
#elif WHAT == DECLARED
#define ADDRESS 0x50000008 /* as bench/isolation.py declares it */
#endif

int main(void)
{
    volatile uint32_t *const systick = (volatile uint32_t *)0xE000E010;
    uint32_t sum = 0;
    systick[1] = 9999;
    systick[2] = 0;
    systick[0] = 5;
    *(volatile uint32_t *)0x40004010 = 16;
    *(volatile uint32_t *)0x40004008 = 1;
    for (int i = 0; i < COUNT; i++)
        sum += *(volatile uint32_t *)ADDRESS;
    return sum == 1;
}
