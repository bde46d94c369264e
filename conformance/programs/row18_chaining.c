/* Tail chaining and order: nothing of the thread runs between exceptions that pend together. */
#include "console.h"
#include "faults.h"

static volatile uint32_t thread_count;
static struct { uint32_t number, count, sp, exc_return; } log[8];
static volatile uint32_t logged;

__attribute__((used)) static void note(uint32_t sp, uint32_t exc_return)
{
    log[logged].number = READ_SPECIAL(ipsr);
    log[logged].count = thread_count;
    log[logged].sp = sp;
    log[logged++].exc_return = exc_return;
    if (READ_SPECIAL(ipsr) == 17)
        NVIC_ISPR0 = 1 << 3; /* more urgent, but only once the others are done with: it preempts at once */
}

#define HANDLER(name) \
    __attribute__((naked)) void name(void) { __asm__("mov r0, sp\n\tmov r1, lr\n\tb note"); }
HANDLER(IRQ0_Handler)
HANDLER(IRQ1_Handler)
HANDLER(IRQ2_Handler)
HANDLER(IRQ3_Handler)
HANDLER(PendSV_Handler)

PROBE(count_around, "ldr r2, =thread_count\n\tstr r1, [r0]\n\tdsb\n\tisb\n\tldr r3, [r2]\n\tadds r3, #1\n\tstr r3, [r2]\n\t"
                    "mov r0, r3")

int main(void)
{
    enable_fault_handlers();
    NVIC_ISER0 = 15;
    NVIC_IPR(0) = 0x60;
    NVIC_IPR(1) = 0x60;
    NVIC_IPR(2) = 0x40;
    NVIC_IPR(3) = 0x20;
    SCB_SHPR3 = 0x00E00000;
    WRITE_SPECIAL(primask, 1);
    SCB_ICSR = 1 << 28;
    NVIC_ISPR0 = 7;
    BARRIER();
    WRITE_SPECIAL(primask, 0);
    BARRIER();
    for (uint32_t i = 0; i < logged; i++)
        print("exception %d: thread count %d, on the first one's frame: %s, EXC_RETURN %x\n", (int)log[i].number,
              (int)log[i].count, log[0].sp == log[i].sp ? "yes" : "no", log[i].exc_return | 0x10);
    logged = 0;
    TRY("thread counts", count_around, 0xE000E200, 5);
    for (uint32_t i = 0; i < logged; i++)
        print("exception %d: thread count %d\n", (int)log[i].number, (int)log[i].count);
    return 0;
}
