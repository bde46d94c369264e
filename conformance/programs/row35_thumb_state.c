/* INVSTATE: a branch to an even address, and an exception return with xPSR.T clear; branches that do not interwork. */
#include "console.h"
#include "faults.h"

__asm__(".text\n.balign 4\n.thumb_func\nlanding:\n\tmovs r0, #1\n\tbx lr\n"
        ".balign 4\n\tnop\n.thumb_func\nlanding_between_words:\n\tmovs r0, #2\n\tbx lr\n");
uint32_t landing(uint32_t, uint32_t, uint32_t), landing_between_words(uint32_t, uint32_t, uint32_t);

PROBE(bx, "bx r0")
PROBE(blx, "push {r4, lr}\n\tblx r0\n\tpop {r4, pc}")
PROBE(pop, "push {r0}\n\tpop {pc}")
PROBE(pop_two, "mov r3, r0\n\tpush {r2, r3}\n\tpop.w {r2, pc}")
PROBE(ldm, "mov r3, r0\n\tpush {r2, r3}\n\tmov r3, sp\n\tadd sp, #8\n\tldmia r3, {r2, pc}")
PROBE(ldr, "push {r0}\n\tldr pc, [sp], #4")
PROBE(mov, "mov pc, r0")
PROBE(exception, "svc #0\n\tmovs r0, #1")

__attribute__((naked)) void SVC_Handler(void)
{
    __asm__("ldr r1, [sp, #28]\n\tbic r1, #0x01000000\n\tstr r1, [sp, #28]\n\tbx lr");
}

static void try(const char *label, attempted f, attempted target, uint32_t bit)
{
    uint32_t address = ((uint32_t)target & ~1u) | bit;
    uint32_t result = attempt(f, address, 0, 0);
    if (fault.count)
        print("stacked: PC is the target %s, T %d; ", fault.frame[6] == address ? "yes" : "no",
              (int)(fault.frame[7] >> 24 & 1));
    report(label, result);
}

int main(void)
{
    enable_fault_handlers();
    try("BX, odd", bx, landing, 1);
    try("BX", bx, landing, 0);
    try("BLX", blx, landing, 0);
    try("POP", pop, landing, 0);
    try("POP of two", pop_two, landing, 0);
    try("LDM, odd", ldm, landing, 1);
    try("LDM", ldm, landing, 0);
    try("LDR", ldr, landing, 0);
    try("BX, odd, between words", bx, landing_between_words, 1);
    try("BX between words", bx, landing_between_words, 0);
    try("MOV, even", mov, landing, 0);
    try("MOV, odd", mov, landing, 1);
    try("exception return", exception, (attempted)((uint32_t)exception + 2), 0);
    return 0;
}
