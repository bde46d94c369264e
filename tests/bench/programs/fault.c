/* A store that the MPU refuses, the handler that sees it, and the end. */

#include "console.h"
#include <stdint.h>

static volatile uint32_t protected[8] __attribute__((aligned(32)));

void MemManage_Handler(void)
{
    const uint32_t address = *(volatile uint32_t *)0xE000ED34;
    semihost(0x18, (void *)(address == (uint32_t)protected ? 0x20026 : 0x20023));
}

int main(void)
{
    volatile uint32_t *const mpu = (volatile uint32_t *)0xE000ED94;
    *(volatile uint32_t *)0xE000ED24 |= 1u << 16;
    mpu[2] = (uint32_t)protected | 16;
    mpu[3] = 6u << 24 | 4 << 1 | 1;
    mpu[0] = 5;
    __asm__ volatile("dsb\n isb" ::: "memory");
    protected[0] = 1;
    return 1;
}
