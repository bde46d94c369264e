/* EXC_RETURN: which instructions honour it in Handler mode, and that Thread mode does not. */
#include "console.h"
#include "faults.h"

static volatile uint32_t way;
__attribute__((used)) static uint32_t slot[2];

static uint32_t table[64] __attribute__((aligned(256)));

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__("ldr r0, =way\n\tldr r0, [r0]\n\ttbb [pc, r0]\n"
            "9:\t.byte (1f-9b)/2, (2f-9b)/2, (3f-9b)/2, (4f-9b)/2, (5f-9b)/2, (6f-9b)/2\n"
            "1:\tbx lr\n"
            "2:\tpush {r4, lr}\n\tpop {r4, pc}\n"
            "3:\tldr r1, =slot\n\tstr lr, [r1, #4]\n\tldmia r1, {r0, pc}\n"
            "4:\tldr r1, =slot\n\tstr lr, [r1]\n\tldr pc, [r1]\n"
            "5:\tldr pc, =0xFFFFFFF9\n"
            "6:\tmov pc, lr\n\t.pool");
}

PROBE(pend, "ldr r2, =0xE000ED04\n\tmov r3, #0x10000000\n\tstr r3, [r2]\n\tdsb\n\tisb\n\tmovs r0, #1")
PROBE(branch, "push {r4, lr}\n\tblx r0\n\tpop {r4, pc}")
PROBE(pop_pc, "push {r4, lr}\n\tadr r3, 1f\n\tpush {r0}\n\tpop {pc}\n\t.balign 4\n1:\tnop")

static volatile uint32_t fetched_at, ipsr, cfsr;

__attribute__((naked)) static void honoured(void) { __asm__("bx lr"); }

/* A fetch from EXC_RETURN's address, in PendSV with EXC_RETURN in LR: note it, and make the return that was meant. */
static int leave(uint32_t *frame)
{
    fetched_at = frame[6];
    ipsr = frame[7] & 0x1FF;
    cfsr = SCB_CFSR;
    SCB_CFSR = cfsr;
    frame[6] = (uint32_t)honoured & ~1u;
    frame[7] |= 0x01000000;
    return 1;
}

static void show(const char *label)
{
    print("%s: fetch at %x in exception %d cfsr=%x\n", label, fetched_at, (int)ipsr, cfsr);
    cfsr = 0;
}

int main(void)
{
    static const char *const names[] = {"BX", "POP", "LDM", "LDR register", "LDR literal"};
    enable_fault_handlers();
    SCB_SHPR3 = 0x00E00000;
    for (way = 0; way < 5; way++) {
        uint32_t result = attempt(pend, 0, 0, 0);
        report(names[way], result);
    }
    fault_mend = leave;
    TRY("MOV", pend, 0, 0); /* it does not interwork: a fetch from system space */
    show("MOV");
    for (unsigned i = 0; i < 48; i++)
        table[i] = REGISTER(i * 4);
    table[14] = 0xFFFFFFF9;
    SCB_VTOR = (uint32_t)table;
    BARRIER();
    TRY("vector", pend, 0, 0);
    show("vector");
    SCB_VTOR = 0;
    BARRIER();
    fault_mend = 0;
    TRY("BLX in Thread mode", branch, 0xFFFFFFF9, 0);
    TRY("POP in Thread mode", pop_pc, 0xFFFFFFF9, 0);
    attempt(branch, 0xFFFFFFFD, 0, 0);
    print("fetched at %x\n", fault.frame[6]);
    return 0;
}
