/* CONTROL: which bits exist, SPSEL in Handler mode, nPRIV takes effect at once. */
#include "console.h"
#include "faults.h"

static uint32_t process_stack[64];
static uint32_t in_handler[3];

void PendSV_Handler(void)
{
    in_handler[0] = READ_SPECIAL(control);
    WRITE_SPECIAL(control, in_handler[0] ^ 2);
    in_handler[1] = READ_SPECIAL(control);
    WRITE_SPECIAL(control, in_handler[0] ^ 1);
    in_handler[2] = READ_SPECIAL(control);
    WRITE_SPECIAL(control, in_handler[0]);
}

PROBE(load, "ldr r0, [r0]")
PROBE(drop_and_load, "movs r3, #1\n\tmsr control, r3\n\tisb\n\tldr r0, [r0]")
PROBE(try_to_raise, "movs r3, #0\n\tmsr control, r3\n\tisb\n\tmrs r0, control")
PROBE(all_ones, "mrs r2, psp\n\tmsr psp, r1\n\tmvn r3, #0x8\n\tmsr control, r3\n\tisb\n\tmrs r0, control")

int main(void)
{
    enable_fault_handlers();
    print("reset %x\n", READ_SPECIAL(control) & 3);
    SCB_ICSR = 1 << 28;
    BARRIER();
    print("handler %x toggled SPSEL %x toggled nPRIV %x\n", in_handler[0] & 3, in_handler[1] & 3, in_handler[2] & 3);
    WRITE_SPECIAL(psp, (uint32_t)(process_stack + 64));
    WRITE_SPECIAL(control, 2);
    SCB_ICSR = 1 << 28;
    BARRIER();
    uint32_t on_process_stack = READ_SPECIAL(control);
    WRITE_SPECIAL(control, 0);
    print("thread on PSP %x handler %x toggled SPSEL %x\n", on_process_stack & 3, in_handler[0] & 3, in_handler[1] & 3);
    TRY("privileged", load, 0xE000ED00, 0);
    TRY_UNPRIVILEGED("unprivileged", load, 0xE000ED00, 0);
    clear_fault();
    uint32_t result = attempt(drop_and_load, 0xE000ED00, 0, 0);
    become_privileged();
    report("right after the write", result);
    TRY_UNPRIVILEGED("unprivileged write ignored", try_to_raise, 0, 0);
    WRITE_SPECIAL(control, 0xFFFFFFF8);
    print("bits 31:3 %x\n", READ_SPECIAL(control));
#ifdef __ARM_FP
    WRITE_SPECIAL(control, 4);
    print("FPCA written %x\n", READ_SPECIAL(control));
    WRITE_SPECIAL(control, 0);
    print("FPCA cleared %x\n", READ_SPECIAL(control));
#else
    WRITE_SPECIAL(control, 4);
    print("bit 2 without FPU %x\n", READ_SPECIAL(control));
#endif
    return 0;
}
