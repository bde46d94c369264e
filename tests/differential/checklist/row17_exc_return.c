/* EXC_RETURN: which instructions honour it in Handler mode, and that Thread mode does not. */
#include "console.h"
#include "faults.h"

static volatile uint32_t way;
__attribute__((used)) static uint32_t slot[2];

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

int main(void)
{
    static const char *const names[] = {"BX", "POP", "LDM", "LDR register", "LDR literal"};
    enable_fault_handlers();
    for (way = 0; way < 5; way++) {
        uint32_t result = attempt(pend, 0, 0, 0);
        report(names[way], result);
    }
    TRY("BLX in Thread mode", branch, 0xFFFFFFF9, 0);
    TRY("POP in Thread mode", pop_pc, 0xFFFFFFF9, 0);
    attempt(branch, 0xFFFFFFFD, 0, 0);
    print("fetched at %x\n", fault.frame[6]);
    return 0;
}
