/* 64-bit arithmetic: every operator, signed and unsigned, on edge values and random ones. */
#include "check.h"

static const uint64_t edges[] = {
    0, 1, 2, 3, 7, 10, 0xFF, 0x100, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x1FFFFFFFF,
    0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0x8000000000000001, 0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFF,
};
enum { EDGES = sizeof edges / sizeof *edges };

static uint64_t pick(unsigned i)
{
    if (i < EDGES)
        return edges[i];
    uint64_t value = (uint64_t)next_random() << 32 | next_random();
    return value >> (next_random() & 63);
}

static void operate(uint64_t a, uint64_t b)
{
    int64_t x = (int64_t)a, y = (int64_t)b;
    unsigned shift = (unsigned)b & 63;
    mix64(a + b);
    mix64(a - b);
    mix64(a * b);
    mix64(a << shift);
    mix64(a >> shift);
    mix64((uint64_t)(x >> shift));
    mix((a < b) | (a <= b) << 1 | (x < y) << 2 | (x <= y) << 3 | (a == b) << 4);
    if (b) {
        mix64(a / b);
        mix64(a % b);
        CHECK(a / b * b + a % b == a);
    }
    if (y && !(y == -1 && x == INT64_MIN)) {
        mix64((uint64_t)(x / y));
        mix64((uint64_t)(x % y));
    }
    uint64_t result;
    int64_t signed_result;
    mix(__builtin_add_overflow(a, b, &result));
    mix(__builtin_sub_overflow(x, y, &signed_result));
    mix(__builtin_mul_overflow((int32_t)x, (int32_t)y, &(int32_t){0}));
    mix((uint32_t)__builtin_clzll(a | 1) << 8 | (uint32_t)__builtin_ctzll(b | 1ull << 63));
    mix((uint32_t)__builtin_popcountll(a ^ b));
    mix64(__builtin_bswap64(a));
}

static uint64_t power_modulo(uint64_t base, uint64_t exponent, uint64_t modulus)
{
    uint64_t result = 1;
    for (base %= modulus; exponent; exponent >>= 1, base = base * base % modulus)
        if (exponent & 1)
            result = result * base % modulus;
    return result;
}

int main(void)
{
    for (unsigned i = 0; i < EDGES; i++)
        for (unsigned j = 0; j < EDGES; j++)
            operate(pick(i), pick(j));
    section("edges");
    for (unsigned i = 0; i < 300; i++)
        operate(pick(EDGES), pick(EDGES));
    section("random");
    CHECK(power_modulo(OPAQUE(3ull), 1000000006, 1000000007) == 1);
    mix64(power_modulo(OPAQUE(7ull), 123456789012345ull, 4294967291ull));
    section("powers");
    uint32_t high = (uint32_t)(OPAQUE(0x123456789ABCDEFull) * 0xFEDCBA987ull >> 32);
    CHECK(high == (uint32_t)(0x123456789ABCDEFull * 0xFEDCBA987ull >> 32));
    return verdict();
}
