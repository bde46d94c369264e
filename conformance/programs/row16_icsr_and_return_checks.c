/* ICSR while exceptions nest, and the integrity checks of the exception return. */
#include "console.h"
#include "faults.h"

static volatile uint32_t seen[8];
static volatile int mischief;

static uint32_t icsr(void) { return SCB_ICSR & 0x00C7F9FF; } /* ISRPREEMPT is for debuggers only */

void IRQ1_Handler(void) { seen[2] = icsr(); }

void IRQ0_Handler(void)
{
    seen[0] = icsr();
    NVIC_ISPR0 = 4;
    BARRIER();
    seen[1] = icsr();
    NVIC_ISPR0 = 2;
    BARRIER();
    seen[3] = icsr();
}

void IRQ2_Handler(void) { seen[4] = icsr(); }

/* RETTOBASE is UNKNOWN in Thread mode. */
static uint32_t thread_icsr(void) { return icsr() & ~0x800u; }

/* A handler that returns wrongly, as `mischief` says. Entry: r0 = frame, r1 = EXC_RETURN; result: EXC_RETURN. */
__attribute__((used)) static uint32_t spoil(uint32_t *frame, uint32_t exc_return)
{
    switch (mischief) {
    case 1: SCB_SHCSR &= ~0x400u; break;                    /* PendSV is no longer active */
    case 2: frame[7] |= 16; break;                          /* Thread mode with an exception number */
    case 3: return 0xFFFFFFF5;                              /* reserved */
    case 4: return 0xFFFFFFF1;                              /* Handler mode, but nothing else is active */
    case 5: return 0xFFFFFFE5;                              /* reserved, with the FP bit */
    case 6: frame[7] &= ~0x01000000u; break;                /* T clear: the return works, the next instruction cannot */
    }
    return exc_return;
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__("push {r4, lr}\n\tadd r0, sp, #8\n\tmov r1, lr\n\tbl spoil\n\tmov r12, r0\n\tpop {r4, lr}\n\tbx r12");
}

PROBE(pend, "ldr r2, =0xE000ED04\n\tmov r3, #0x10000000\n\tstr r3, [r2]\n\tdsb\n\tisb\n\tmovs r0, #1")

int main(void)
{
    enable_fault_handlers();
    NVIC_ISER0 = 7;
    NVIC_IPR(0) = 0x80;
    NVIC_IPR(1) = 0x40;
    NVIC_IPR(2) = 0xC0;
    SCB_SHPR3 = 0x00E00000;
    print("thread %x\n", thread_icsr());
    WRITE_SPECIAL(primask, 1);
    NVIC_ISPR0 = 1;
    BARRIER();
    print("pending and masked %x\n", thread_icsr());
    WRITE_SPECIAL(primask, 0);
    BARRIER();
    print("first %x\n", seen[0]);
    print("less urgent pends %x\n", seen[1]);
    print("nested %x\n", seen[2]);
    print("back in the first %x\n", seen[3]);
    print("tail chained %x\n", seen[4]);
    print("after %x\n", thread_icsr());
    static const char *const names[] = {"honest", "not active", "IPSR in Thread mode", "reserved F5",
                                        "Handler without nesting", "reserved E5", "T clear"};
    for (mischief = 0; mischief < 7; mischief++) {
        uint32_t result = attempt(pend, 0, 0, 0);
        if (fault.count)
            print("stacked IPSR %d ", (int)(fault.frame[7] & 0x1FF));
        report(names[mischief], result);
        SCB_SHCSR &= ~0x400u;
        SCB_ICSR = 1 << 27;
    }
    return 0;
}
