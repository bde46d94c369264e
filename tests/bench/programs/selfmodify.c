/* Rewrites an instruction of the page it runs in, and executes it, COUNT times. */

#include <stdint.h>

#ifndef COUNT
#define COUNT 10000
#endif

/* Store, execute what was stored, return; all in one page of RAM. */
__attribute__((naked, section(".data.code"), aligned(1024))) static uint32_t
rewrite(__attribute__((unused)) uint32_t n)
{
    __asm__ volatile("uxtb r0, r0\n"
                     "orr r0, #0x2000 @ movs r0, #n\n"
                     "adr r1, 1f\n"
                     "strh r0, [r1]\n"
                     "dsb\n"
                     "isb\n"
                     ".balign 4\n"
                     "1: movs r0, #0\n"
                     "bx lr\n");
}

int main(void)
{
    uint32_t (*volatile call)(uint32_t) = rewrite;
    uint32_t wrong = 0;
    for (uint32_t n = 0; n < COUNT; n++)
        wrong |= call(n) != (n & 255);
    return (int)wrong;
}
