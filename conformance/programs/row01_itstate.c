/* ITSTATE survives a fault in the middle of an IT block, SVC, an interrupt and the repeated instruction. */
#include "console.h"
#include "faults.h"

/* What the MPU region denies, in a page of its own: QEMU's semihosting refuses to read from a page that begins denied. */
static volatile uint32_t block[256] __attribute__((aligned(1024))) = {0x1234};
#define cell block[0]
static volatile uint32_t order;

static int open_region(uint32_t *frame)
{
    (void)frame;
    order = fault.count * 16 + (SCB_CFSR & 0xFF);
    SCB_CFSR = SCB_CFSR;
    MPU_RNR = 7;
    MPU_RASR = 0;
    BARRIER();
    return 1;
}

void SVC_Handler(void)
{
    __asm__ volatile("movs r0, #0\n\tcmp r0, #1" ::: "r0", "cc");
    order++;
}

void PendSV_Handler(void)
{
    __asm__ volatile("movs r0, #1\n\tcmp r0, #1" ::: "r0", "cc");
    order += 0x100;
}

PROBE(load_in_block, "movs r3, #0\n\tcmp r0, r0\n\titete eq\n\tmoveq r3, #1\n\tmovne r3, #2\n\tldreq r2, [r0]\n\t"
                     "movne r3, #4\n\tmov r0, r3")
PROBE(store_in_block, "movs r3, #1\n\tcmp r0, r0\n\tittee eq\n\taddeq r3, #2\n\tstreq r1, [r0]\n\taddne r3, #4\n\t"
                      "addne r3, #8\n\tmov r0, r3")
PROBE(last_in_block, "movs r3, #1\n\tcmp r0, #0\n\titt ne\n\taddne r3, #2\n\tldrne r2, [r0]\n\tadds r3, #16\n\tmov r0, r3")
PROBE(svc_in_block, "movs r3, #1\n\tcmp r3, #1\n\titete eq\n\tsvceq #0\n\taddne r3, #2\n\taddeq r3, #4\n\taddne r3, #8\n\t"
                    "mov r0, r3")
PROBE(svc_skipped, "movs r3, #1\n\tcmp r3, #1\n\tittet ne\n\tsvcne #0\n\taddne r3, #2\n\taddeq r3, #4\n\tsvcne #0\n\t"
                   "mov r0, r3")
PROBE(pend_in_block, "movs r3, #1\n\tcmp r3, #2\n\tittte ne\n\tstrne r1, [r0]\n\taddne r3, #2\n\taddne r3, #4\n\t"
                     "addeq r3, #8\n\tdsb\n\tisb\n\tmov r0, r3")
PROBE(flags_in_block, "movs r3, #0\n\tcmp r3, #0\n\tittt eq\n\tcmpeq r3, #1\n\taddeq r3, #1\n\taddeq r3, #2\n\tmov r0, r3")

static void close_region(void)
{
    MPU_RNR = 7;
    MPU_RBAR = (uint32_t)&cell & ~31u;
    MPU_RASR = RASR(5, 0, 0);
    MPU_CTRL = 5;
    BARRIER();
}

int main(void)
{
    enable_fault_handlers();
    close_region();
    attempt(load_in_block, (uint32_t)&cell, 0, 0);
    print("stacked IT bits %x\n", fault.frame[7] & 0x0600FC00);
    clear_fault();
    close_region();
    attempt(last_in_block, (uint32_t)&cell, 0, 0);
    print("stacked IT bits of the last %x\n", fault.frame[7] & 0x0600FC00);
    clear_fault();
    fault_mend = open_region;
    close_region();
    TRY("repeated load", load_in_block, &cell, 0);
    close_region();
    TRY("repeated store", store_in_block, &cell, 0x77);
    print("stored %x order %x\n", cell, order);
    close_region();
    TRY("repeated last", last_in_block, &cell, 0);
    order = 0;
    TRY("svc", svc_in_block, 0, 0);
    TRY("svc not taken", svc_skipped, 0, 0);
    TRY("interrupt", pend_in_block, 0xE000ED04, 1 << 28);
    TRY("flags change inside", flags_in_block, 0, 0);
    print("order %x\n", order);
    return 0;
}
