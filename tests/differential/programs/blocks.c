/* memcpy, memmove, memset, memcmp: every alignment of both sides and every small length. */
#include "check.h"

static uint8_t from[160] __attribute__((aligned(16))), to[160] __attribute__((aligned(16))), model[160];

static void fill(void)
{
    for (unsigned i = 0; i < sizeof from; i++) {
        from[i] = (uint8_t)next_random();
        model[i] = to[i] = (uint8_t)(i ^ 0xA5);
    }
}

static void model_copy(uint8_t *out, const uint8_t *in, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((volatile uint8_t *)out)[i] = in[i];
}

int main(void)
{
    for (unsigned a = 0; a < 8; a++)
        for (unsigned b = 0; b < 8; b++)
            for (unsigned size = 0; size < 70; size += 1 + (size > 40 ? 7 : 0)) {
                fill();
                model_copy(model + b, from + a, size);
                memcpy(to + b, from + a, OPAQUE((size_t)size));
                CHECK(memcmp(to, model, sizeof to) == 0);
                mix_bytes(to, 80);
            }
    section("memcpy");
    for (unsigned shift = 0; shift < 20; shift++)
        for (unsigned size = 0; size < 64; size += 5) {
            fill();
            memmove(from + 30 + shift - 10, from + 30, OPAQUE((size_t)size));
            memmove(to + 20, to + 12 + shift, OPAQUE((size_t)size));
            mix_bytes(from, sizeof from);
            mix_bytes(to, sizeof to);
        }
    section("memmove");
    for (unsigned a = 0; a < 8; a++)
        for (unsigned size = 0; size < 40; size++) {
            memset(to + a, (int)(a * 31 + size), OPAQUE((size_t)size));
            mix_bytes(to, 64);
            fill();
            memcpy(to + a, from, size);
            CHECK(memcmp(to + a, from, size) == 0);
            if (size) {
                to[a + size - 1] ^= 1;
                int order = memcmp(to + a, from, OPAQUE((size_t)size));
                mix((uint32_t)(order > 0) | (uint32_t)(order < 0) << 1);
            }
        }
    section("memset and memcmp");
    /* Word and halfword accesses at odd addresses, as the compiler makes them for packed data. */
    struct __attribute__((packed)) odd { uint8_t pad; uint32_t word; uint16_t half; uint64_t wide; } *packed = (void *)to;
    for (int i = 0; i < 50; i++) {
        packed->word = next_random();
        packed->half = (uint16_t)next_random();
        packed->wide = (uint64_t)packed->word * packed->half;
        mix_bytes(to, sizeof *packed);
    }
    section("packed");
    return verdict();
}
