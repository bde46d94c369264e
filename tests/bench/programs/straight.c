/* One loop whose body is LENGTH instructions without a branch, loads and ALU in turn; INSTRUCTIONS in all. */

#include <stdint.h>

#ifndef LENGTH
#define LENGTH 200
#endif
#ifndef INSTRUCTIONS
#define INSTRUCTIONS 200000000
#endif
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

static uint32_t words[64];

int main(void)
{
    uint32_t sum = 0;
    for (int round = 0; round < INSTRUCTIONS / LENGTH; round++)
        __asm__ volatile(".set half, " TEXT(LENGTH) " / 2\n"
                         ".rept half\n"
                         "ldr r2, [%1, #4]\n"
                         "adds %0, %0, r2\n"
                         ".endr"
                         : "+l"(sum)
                         : "r"(words)
                         : "r2", "cc", "memory");
    return sum != 0;
}
