/* Frame alignment: SP, bit 9 of the stacked xPSR, CCR.STKALIGN both ways, the return. */
#include "console.h"
#include "faults.h"

static volatile uint32_t frame_offset, stacked_bit, entry_sp;

__attribute__((used)) static void look(uint32_t *frame)
{
    frame_offset = entry_sp - (uint32_t)frame;
    stacked_bit = frame[7] >> 9 & 1;
}

__attribute__((naked)) void PendSV_Handler(void) { __asm__("mrs r0, psp\n\tb look"); }

/* SVC from SP = r0 on the process stack; the result is how much SP differs afterwards. */
PROBE(pend_with_fp, "msr psp, r0\n\tmovs r2, #6\n\tmsr control, r2\n\tisb\n\tldr r2, =0xE000ED04\n\tmov r3, #0x10000000\n\t"
                    "str r3, [r2]\n\tdsb\n\tisb\n\tmov r1, sp\n\tmovs r2, #0\n\tmsr control, r2\n\tisb\n\tsubs r0, r1, r0")

PROBE(pend_at, "msr psp, r0\n\tmovs r2, #2\n\tmsr control, r2\n\tisb\n\tldr r2, =0xE000ED04\n\tmov r3, #0x10000000\n\t"
               "str r3, [r2]\n\tdsb\n\tisb\n\tmov r1, sp\n\tmovs r2, #0\n\tmsr control, r2\n\tisb\n\tsubs r0, r1, r0")

static void at(uint32_t sp, attempted f)
{
    entry_sp = sp;
    uint32_t moved = attempt(f, sp, 0, 0);
    print("SP modulo 8 = %d: frame %d below, bit 9 = %d, SP moved by %d\n", (int)(sp & 7), (int)frame_offset,
          (int)stacked_bit, (int)moved);
}

int main(void)
{
    enable_fault_handlers();
    print("CCR at reset %x\n", SCB_CCR & 0x200);
    at(0x20018000, pend_at);
    at(0x20018004, pend_at);
    at(0x2001800C, pend_at);
    SCB_CCR &= ~0x200u;
    BARRIER();
    print("STKALIGN %x\n", SCB_CCR & 0x200);
    at(0x20018000, pend_at);
    at(0x20018004, pend_at);
    print("FP frames\n");
    at(0x20018000, pend_with_fp);
    at(0x20018004, pend_with_fp);
    return 0;
}
