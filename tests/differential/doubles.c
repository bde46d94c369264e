/* Every double-precision instruction of FPv5 on many operands, in every rounding mode, with FZ and DN: checksums. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const uint64_t special[] = {
    0x0000000000000000, 0x8000000000000000, 0x3FF0000000000000, 0xBFF0000000000000, 0x7FF0000000000000,
    0xFFF0000000000000, 0x7FF8000000000000, 0xFFF8000000012345, 0x7FF4000000000001, 0xFFF0000000000001,
    0x0000000000000001, 0x800FFFFFFFFFFFFF, 0x0010000000000000, 0x7FEFFFFFFFFFFFFF, 0x3FE0000000000000,
    0x4004000000000000, 0xC00C000000000000, 0x41DFFFFFFFC00000, 0x41E0000000000000, 0xC1E0000000200000,
    0x41EFFFFFFFF00000, 0x3690000000000000, 0x380FFFFFE0000000, 0x47EFFFFFF0000000, 0x3FF0000010000000,
    0x3E70000000000000, 0x40F0000000000000, 0x3FFFFFFFFFFFFFFF,
};
enum { SPECIAL = sizeof special / sizeof *special };
static uint32_t state = 2463534242u, sum;

static uint32_t word(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

static uint64_t operand(void)
{
    uint32_t kind = word();
    if (kind & 1)
        return special[word() % SPECIAL];
    uint64_t bits = (uint64_t)word() << 32 | word();
    if (kind & 2) /* near one, so that sums cancel and conversions to integers matter */
        bits = (bits & 0x800FFFFFFFFFFFFF) | (uint64_t)(1010 + word() % 40) << 52;
    return bits;
}

static void mix(uint32_t value)
{
    sum = (sum << 5 | sum >> 27) ^ value;
    sum *= 0x01000193;
}

/* An instruction works on d0, d1 and d2 and leaves them changed, and its flags in FPSCR. */
struct run {
    uint64_t a, b, c;
    uint32_t fpscr;
};
#define CASE(name, text)                                                                                           \
    static void try_##name(struct run *run)                                                                        \
    {                                                                                                              \
        __asm volatile("ldr r1, [%0, #24]\n vmsr fpscr, r1\n vldr d0, [%0]\n vldr d1, [%0, #8]\n"                  \
                       " vldr d2, [%0, #16]\n" text "\n vmrs r1, fpscr\n str r1, [%0, #24]\n vstr d0, [%0]\n"      \
                       " vstr d1, [%0, #8]\n vstr d2, [%0, #16]\n"                                                 \
                       :: "r"(run) : "r1", "r2", "r3", "d0", "d1", "d2", "d3", "memory", "cc");                    \
    }
#define ALL                                                                                                        \
    DO(add, "vadd.f64 d0, d1, d2") DO(sub, "vsub.f64 d0, d1, d2") DO(mul, "vmul.f64 d0, d1, d2")                   \
    DO(nmul, "vnmul.f64 d0, d1, d2") DO(div, "vdiv.f64 d0, d1, d2") DO(root, "vsqrt.f64 d0, d1")                   \
    DO(mla, "vmla.f64 d0, d1, d2") DO(mls, "vmls.f64 d0, d1, d2") DO(nmla, "vnmla.f64 d0, d1, d2")                 \
    DO(nmls, "vnmls.f64 d0, d1, d2") DO(fma, "vfma.f64 d0, d1, d2") DO(fms, "vfms.f64 d0, d1, d2")                 \
    DO(fnma, "vfnma.f64 d0, d1, d2") DO(fnms, "vfnms.f64 d0, d1, d2") DO(absolute, "vabs.f64 d0, d1")              \
    DO(negate, "vneg.f64 d0, d1") DO(move, "vmov.f64 d0, d2") DO(immediate, "vmov.f64 d0, #-2.5")                  \
    DO(compare, "vcmp.f64 d1, d2") DO(compare_e, "vcmpe.f64 d1, d2") DO(compare_0, "vcmp.f64 d1, #0")              \
    DO(compare_e0, "vcmpe.f64 d2, #0.0")                                                                           \
    DO(select, "vcmp.f64 d1, d2\n vmrs apsr_nzcv, fpscr\n vselge.f64 d0, d1, d2\n vselvs.f64 d1, d2, d0")          \
    DO(select_2, "vcmp.f64 d1, d2\n vmrs apsr_nzcv, fpscr\n vselgt.f64 d0, d1, d2\n vseleq.f64 d1, d2, d0")        \
    DO(maximum, "vmaxnm.f64 d0, d1, d2") DO(minimum, "vminnm.f64 d0, d1, d2")                                      \
    DO(round_a, "vrinta.f64 d0, d1") DO(round_n, "vrintn.f64 d0, d1") DO(round_p, "vrintp.f64 d0, d1")             \
    DO(round_m, "vrintm.f64 d0, d1") DO(round_r, "vrintr.f64 d0, d1") DO(round_x, "vrintx.f64 d0, d1")             \
    DO(round_z, "vrintz.f64 d0, d1") DO(to_single, "vcvt.f32.f64 s0, d1") DO(to_double, "vcvt.f64.f32 d0, s2")     \
    DO(to_signed, "vcvt.s32.f64 s0, d1") DO(to_unsigned, "vcvt.u32.f64 s0, d1")                                    \
    DO(to_signed_r, "vcvtr.s32.f64 s0, d1") DO(to_unsigned_r, "vcvtr.u32.f64 s0, d1")                              \
    DO(to_a, "vcvta.s32.f64 s0, d1\n vcvta.u32.f64 s1, d2") DO(to_n, "vcvtn.s32.f64 s0, d1\n vcvtn.u32.f64 s1, d2") \
    DO(to_p, "vcvtp.s32.f64 s0, d1\n vcvtp.u32.f64 s1, d2") DO(to_m, "vcvtm.s32.f64 s0, d1\n vcvtm.u32.f64 s1, d2") \
    DO(of_signed, "vcvt.f64.s32 d0, s2") DO(of_unsigned, "vcvt.f64.u32 d0, s3")                                    \
    DO(fixed, "vcvt.s32.f64 d0, d0, #7\n vcvt.u16.f64 d1, d1, #3\n vcvt.s16.f64 d2, d2, #16")                      \
    DO(fixed_2, "vcvt.f64.s32 d0, d0, #31\n vcvt.f64.u16 d1, d1, #1\n vcvt.f64.s16 d2, d2, #9")                    \
    DO(half_b, "vcvtb.f16.f64 s0, d1\n vcvtb.f64.f16 d2, s3") DO(half_t, "vcvtt.f16.f64 s0, d1\n vcvtt.f64.f16 d2, s3") \
    DO(core, "vmov r2, r3, d1\n vmov d0, r3, r2\n vmov.32 d2[1], r2")
#define DO(name, text) CASE(name, text)
ALL
#undef DO
#define DO(name, text) {try_##name, #name},
static const struct {
    void (*run)(struct run *);
    const char *name;
} cases[] = {ALL};

int main(void)
{
    for (unsigned n = 0; n < sizeof cases / sizeof *cases; n++) {
        sum = 0x811C9DC5;
        for (uint32_t mode = 0; mode < 16; mode++) {
            for (int round = 0; round < 250; round++) {
                struct run run = {operand(), operand(), operand(), mode << 22};
                cases[n].run(&run);
                mix((uint32_t)run.a), mix(run.a >> 32), mix((uint32_t)run.b), mix(run.b >> 32);
                mix((uint32_t)run.c), mix(run.c >> 32), mix(run.fpscr);
            }
        }
        printf("%s %08lx\n", cases[n].name, (unsigned long)sum);
    }
    return 0;
}
