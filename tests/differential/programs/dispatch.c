/* Jump tables of bytes and halfwords, computed goto, tables of functions, tail calls. */
#include "check.h"

#define C4(n, m) case n: r = r * 3 + m; break; case n + 1: r ^= m << 3; break; \
    case n + 2: r -= m * 7; break; case n + 3: r = r << 5 | r >> 27; break;

static uint32_t dense(uint32_t selector, uint32_t r)
{
    switch (selector) {
    C4(0, 1u) C4(4, 5u) C4(8, 9u) C4(12, 13u) C4(16, 17u) C4(20, 21u)
    default: r = ~r;
    }
    return r;
}

static uint32_t far(uint32_t selector, uint32_t r)
{
    /* bodies too long for a table of bytes */
    switch (selector) {
#define LONG(n) case n: for (int i = 0; i < n + 3; i++) { r = (r ^ n) * 2654435761u; r ^= r >> 15; \
        if (r & 1) r += n * 77u; else r -= n * 33u; mix(r); } break;
    LONG(0) LONG(1) LONG(2) LONG(3) LONG(4) LONG(5) LONG(6) LONG(7) LONG(8) LONG(9) LONG(10) LONG(11)
    }
    return r;
}

static uint32_t sparse(int selector)
{
    switch (selector) {
    case -1000: return 1;
    case -1: return 2;
    case 0: return 3;
    case 77: return 4;
    case 1 << 20: return 5;
    case 0x7FFFFFFF: return 6;
    default: return 7;
    }
}

static uint32_t add(uint32_t a, uint32_t b) { return a + b; }
static uint32_t sub(uint32_t a, uint32_t b) { return a - b; }
static uint32_t mul(uint32_t a, uint32_t b) { return a * b; }
static uint32_t rotate(uint32_t a, uint32_t b) { return a << (b & 31) | a >> (-b & 31); }
static uint32_t (*const functions[])(uint32_t, uint32_t) = {add, sub, mul, rotate};

static uint32_t bytecode(const uint8_t *code)
{
    static const void *const labels[] = {&&push, &&plus, &&times, &&dup, &&swap, &&loop, &&end};
    uint32_t stack[16], *top = stack, counter = 50;
    const uint8_t *pc = code;
    goto *labels[*pc];
push: *top++ = pc[1]; pc += 2; goto *labels[*pc];
plus: top--; top[-1] += top[0]; pc++; goto *labels[*pc];
times: top--; top[-1] *= top[0]; pc++; goto *labels[*pc];
dup: top[0] = top[-1]; top++; pc++; goto *labels[*pc];
swap: { uint32_t t = top[-1]; top[-1] = top[-2]; top[-2] = t; pc++; goto *labels[*pc]; }
loop: pc = --counter ? code + pc[1] : pc + 2; goto *labels[*pc];
end: return top[-1];
}

int main(void)
{
    uint32_t r = 1;
    for (uint32_t i = 0; i < 200; i++)
        mix(r = dense(OPAQUE(i % 27), r));
    section("dense");
    for (uint32_t i = 0; i < 40; i++)
        mix(r = far(OPAQUE(i % 13), r));
    section("far");
    static const int selectors[] = {-1000, -1, 0, 1, 77, 1 << 20, 0x7FFFFFFF, -2};
    for (unsigned i = 0; i < 8; i++)
        mix(sparse(OPAQUE(selectors[i])));
    section("sparse");
    for (uint32_t i = 0; i < 100; i++)
        mix(r = functions[OPAQUE(i & 3)](r, i));
    section("function pointers");
    static const uint8_t program[] = {0, 3, 0, 5, 3, 2, 4, 1, 0, 7, 2, 3, 1, 5, 2, 6};
    mix(bytecode(program));
    section("computed goto");
    return verdict();
}
