/* Instructions that the compiler seldom chooses: saturation, bit reversal, extension, conditional execution. */
#include "check.h"

#define ONE(name, text) \
    static uint32_t name(uint32_t a) { uint32_t r; __asm__ volatile(text : "=r"(r) : "r"(a) : "cc"); return r; }
#define TWO(name, text) \
    static uint32_t name(uint32_t a, uint32_t b) \
    { uint32_t r; __asm__ volatile(text : "=&r"(r) : "r"(a), "r"(b) : "cc", "r12"); return r; }

ONE(clz, "clz %0, %1") ONE(rbit, "rbit %0, %1") ONE(rev, "rev %0, %1") ONE(rev16, "rev16 %0, %1")
ONE(revsh, "revsh %0, %1") ONE(ssat8, "ssat %0, #8, %1") ONE(ssat_shift, "ssat %0, #12, %1, lsl #3")
ONE(usat5, "usat %0, #5, %1") ONE(usat_shift, "usat %0, #16, %1, asr #4") ONE(sxtb, "sxtb %0, %1, ror #8")
ONE(uxth, "uxth %0, %1, ror #16") ONE(ubfx, "ubfx %0, %1, #5, #13") ONE(sbfx, "sbfx %0, %1, #7, #9")
ONE(rrx, "cmp %1, #0\n\trrx %0, %1")
TWO(bfi, "mov %0, %1\n\tbfi %0, %2, #6, #11") TWO(carry, "adds %0, %1, %2\n\tadcs %0, %1, %2\n\tsbc %0, %0, %1")
TWO(flags, "subs %0, %1, %2\n\tmrs %0, apsr\n\tand %0, #0xF8000000")
TWO(orn, "orn %0, %1, %2, ror #7") TWO(rsb, "rsbs %0, %1, %2, lsl #2")
TWO(umull, "umull %0, r12, %1, %2\n\teor %0, %0, r12") TWO(mls, "mls %0, %1, %2, %1")

static uint32_t selected(uint32_t a, uint32_t b)
{
    uint32_t r;
    __asm__ volatile(
        "cmp %1, %2\n\titete hi\n\taddhi %0, %1, #1\n\tsubls %0, %2, #1\n\teorhi %0, %0, %2\n\torrls %0, %0, %1"
        : "=&r"(r) : "r"(a), "r"(b) : "cc");
    return r;
}

int main(void)
{
    static uint32_t (*const ones[])(uint32_t) = {clz, rbit, rev, rev16, revsh, ssat8, ssat_shift, usat5, usat_shift,
                                                 sxtb, uxth, ubfx, sbfx, rrx};
    static uint32_t (*const twos[])(uint32_t, uint32_t) = {bfi, carry, flags, orn, rsb, umull, mls, selected};
    for (int i = 0; i < 300; i++) {
        uint32_t a = next_random() >> (next_random() & 31), b = next_random() << (next_random() & 31);
        for (unsigned n = 0; n < sizeof ones / sizeof *ones; n++)
            mix(ones[n](a ^ -(uint32_t)(i & 1)));
        for (unsigned n = 0; n < sizeof twos / sizeof *twos; n++)
            mix(twos[n](a, b));
    }
    section("base");
    return verdict();
}
