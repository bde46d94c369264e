/* UNALIGNED: always for multiple, dual, exclusive and FP loads and stores; for the rest with CCR.UNALIGN_TRP. */
#include "console.h"
#include "faults.h"

static volatile uint32_t memory[8] = {0x11223344, 0x55667788, 0x99AABBCC, 0xDDEEFF00, 1, 2, 3, 4};

PROBE(ldr, "ldr r0, [r0]")
PROBE(ldrh, "ldrh r0, [r0]")
PROBE(ldrsh, "ldrsh r0, [r0]")
PROBE(ldrb, "ldrb r0, [r0]")
PROBE(str, "str r1, [r0]\n\tmov r0, r1")
PROBE(strh, "strh r1, [r0]\n\tmov r0, r1")
PROBE(ldrd, "ldrd r2, r3, [r0]\n\tmov r0, r2")
PROBE(strd, "strd r1, r1, [r0]\n\tmov r0, r1")
PROBE(ldm, "ldm r0, {r2, r3}\n\tmov r0, r2")
PROBE(stm, "stm r0, {r1, r2}\n\tmov r0, r1")
PROBE(ldrex, "ldrex r0, [r0]")
PROBE(ldrexh, "ldrexh r0, [r0]")
PROBE(strex, "strex r3, r1, [r0]\n\tmov r0, r3")
PROBE(ldrt, "ldrt r0, [r0]")
PROBE(strht, "strht r1, [r0]\n\tmov r0, r1")
PROBE(tbh, "mov r3, #0\n\ttbh [r0, r3, lsl #1]\n\tmovs r0, #2\n\tbx lr")
PROBE(pop_one, "mov r3, sp\n\tmov sp, r0\n\tldr r0, [sp], #4\n\tmov sp, r3")
#ifdef __ARM_FP
PROBE(vldr, "vldr s0, [r0]\n\tvmov r0, s0")
PROBE(vstr, "vmov s0, r1\n\tvstr s0, [r0]\n\tmov r0, r1")
PROBE(vstm, "vmov s0, r1\n\tvmov s1, r1\n\tvstm r0, {s0, s1}\n\tmov r0, r1")
PROBE(vldm, "vldm r0, {s0, s1}\n\tvmov r0, s1")
PROBE(vldr_double, "vldr d0, [r0]\n\tvmov r0, s0")
#endif

static const uint8_t table_of_zero[4] __attribute__((aligned(4)));

static void round_of_tries(uint32_t odd)
{
    TRY("ldr", ldr, odd, 0);
    TRY("ldrh", ldrh, odd, 0);
    TRY("ldrsh", ldrsh, odd, 0);
    TRY("ldrb", ldrb, odd, 0);
    TRY("str", str, odd + 16, 0x01020304);
    TRY("strh", strh, odd + 16, 0x0506);
    TRY("ldrd", ldrd, odd + 1, 0);
    TRY("strd", strd, odd + 1, 0);
    TRY("ldm", ldm, odd + 1, 0);
    TRY("stm", stm, odd + 1, 0);
    TRY("ldrex", ldrex, odd + 1, 0);
    TRY("ldrexh", ldrexh, odd, 0);
    TRY("strex", strex, odd + 1, 0);
    TRY("aligned halfword", ldrh, odd + 1, 0);
    TRY("ldrt", ldrt, odd, 0);
    TRY("strht", strht, odd + 16, 0x0708);
    TRY("tbh", tbh, table_of_zero + 1, 0);
    TRY("stack pointer base", pop_one, odd + 3, 0);
#ifdef __ARM_FP
    TRY("vldr", vldr, odd + 1, 0);
    TRY("vstr", vstr, odd + 1, 0x3F800000);
    TRY("vldm", vldm, odd + 1, 0);
    TRY("vstm", vstm, odd + 1, 0x3F800000);
    TRY("vldr of a double at a word", vldr_double, odd + 3, 0);
#endif
}

int main(void)
{
    uint32_t odd = (uint32_t)memory + 1;
    enable_fault_handlers();
    round_of_tries(odd);
    print("memory %x %x %x\n", memory[0], memory[1], memory[4]);
    print("UNALIGN_TRP\n");
    SCB_CCR |= 8;
    BARRIER();
    round_of_tries(odd);
    attempt(ldrd, odd + 1, 0, 0);
    print("bfarvalid and mmarvalid %x\n", fault.cfsr & 0x8080);
    return 0;
}
