/* 32-bit and narrower division and remainder, by variables and by constants that compile to multiplications. */
#include "check.h"

static const uint32_t edges[] = {
    0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 100, 127, 128, 255, 256, 641, 1000, 32767, 32768, 65535, 65536, 1000000,
    0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF,
};

#define BY_CONSTANT(n) \
    do { \
        mix(u / n##u); mix(u % n##u); mix((uint32_t)(s / n)); mix((uint32_t)(s % n)); \
        CHECK(u / n##u == u / OPAQUE(n##u) && s % n == s % OPAQUE(n)); \
    } while (0)

static void by_constants(uint32_t u)
{
    int32_t s = (int32_t)u;
    BY_CONSTANT(3); BY_CONSTANT(5); BY_CONSTANT(7); BY_CONSTANT(10); BY_CONSTANT(16); BY_CONSTANT(100);
    BY_CONSTANT(641); BY_CONSTANT(1000); BY_CONSTANT(65537); BY_CONSTANT(1000000007); BY_CONSTANT(2147483647);
}

int main(void)
{
    enum { EDGES = sizeof edges / sizeof *edges };
    for (unsigned i = 0; i < EDGES; i++) {
        for (unsigned j = 1; j < EDGES; j++) {
            uint32_t a = OPAQUE(edges[i]), b = OPAQUE(edges[j]);
            mix(a / b);
            mix(a % b);
            CHECK(a / b * b + a % b == a);
            int32_t x = (int32_t)a, y = (int32_t)b;
            if (!(x == INT32_MIN && y == -1)) {
                mix((uint32_t)(x / y));
                mix((uint32_t)(x % y));
            }
            int16_t p = (int16_t)a, q = (int16_t)b;
            if (q)
                mix((uint32_t)(p / q) ^ (uint32_t)(p % q) << 16);
            int8_t c = (int8_t)a, d = (int8_t)b;
            if (d)
                mix((uint32_t)(c / d) ^ (uint32_t)(c % d) << 16);
        }
        by_constants(edges[i]);
    }
    section("edges");
    for (int i = 0; i < 200; i++)
        by_constants(next_random());
    section("constants");
    /* The instructions themselves: the most negative number by minus one, and anything by zero. */
    uint32_t quotient;
    __asm__ volatile("sdiv %0, %1, %2" : "=r"(quotient) : "r"(0x80000000u), "r"(-1));
    CHECK(quotient == 0x80000000u);
    __asm__ volatile("udiv %0, %1, %2" : "=r"(quotient) : "r"(5u), "r"(0));
    CHECK(quotient == 0);
    return verdict();
}
