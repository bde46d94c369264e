/* The DSP extension of ARMv7E-M: parallel additions, saturating and multiply instructions. Not for a Cortex-M3. */
#include "check.h"

#define TWO(name, text) \
    static uint32_t name(uint32_t a, uint32_t b) \
    { uint32_t r; __asm__ volatile(text : "=&r"(r) : "r"(a), "r"(b) : "cc", "r12"); return r; }

TWO(qadd, "qadd %0, %1, %2") TWO(qdsub, "qdsub %0, %1, %2") TWO(sadd16, "sadd16 %0, %1, %2")
TWO(usub8, "usub8 %0, %1, %2\n\tsel %0, %1, %2") TWO(uqadd16, "uqadd16 %0, %1, %2") TWO(shasx, "shasx %0, %1, %2")
TWO(smulbt, "smulbt %0, %1, %2") TWO(smuad, "smuad %0, %1, %2") TWO(usad8, "usad8 %0, %1, %2")
TWO(pkhbt, "pkhbt %0, %1, %2, lsl #5") TWO(smmulr, "smmulr %0, %1, %2") TWO(sxtab16, "sxtab16 %0, %1, %2, ror #8")
TWO(smlad, "mov %0, #77\n\tsmlad %0, %1, %2, %0")

int main(void)
{
    static uint32_t (*const dsp[])(uint32_t, uint32_t) = {qadd, qdsub, sadd16, usub8, uqadd16, shasx, smulbt, smuad,
                                                          usad8, pkhbt, smmulr, sxtab16, smlad};
    for (int i = 0; i < 300; i++) {
        uint32_t a = next_random(), b = next_random() << (next_random() & 31);
        for (unsigned n = 0; n < sizeof dsp / sizeof *dsp; n++)
            mix(dsp[n](a, b));
    }
    section("sums");
    return verdict();
}
