/* Recursion, function pointers and two-instruction blocks: the call-heavy workload. */

#include "console.h"
#include <stdint.h>

#ifndef ROUNDS
#define ROUNDS 1
#endif

static __attribute__((noinline)) uint32_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static __attribute__((noinline)) uint32_t add(uint32_t a) { return a + 3; }
static __attribute__((noinline)) uint32_t twist(uint32_t a) { return a ^ a >> 3; }
static __attribute__((noinline)) uint32_t turn(uint32_t a) { return a << 5 | a >> 27; }
static __attribute__((noinline)) uint32_t invert(uint32_t a) { return ~a; }

static uint32_t (*const volatile table[])(uint32_t) = {add, twist, turn, invert};

int main(void)
{
    uint32_t sum = 1;
    for (int round = 0; round < ROUNDS; round++) {
        sum += fibonacci(20);
        for (uint32_t i = 0; i < 20000; i++)
            sum = table[(sum ^ i) & 3](sum);
    }
    print("%x\n", sum);
    return 0;
}
