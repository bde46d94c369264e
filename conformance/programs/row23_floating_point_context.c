/* FPCA, EXC_RETURN bit 4, lazy stacking, FPCAR, FPDSCR, ASPEN. */
#include "console.h"
#include "faults.h"

static struct { uint32_t exc_return, control, fpccr, fpcar_offset, control_after_fp, fpccr_after_fp, fpscr; } seen;
static volatile int use_fp, look_only;

__attribute__((used)) static void look(uint32_t frame, uint32_t exc_return)
{
    seen.exc_return = exc_return;
    seen.control = READ_SPECIAL(control);
    seen.fpccr = FPU_FPCCR;
    seen.fpcar_offset = FPU_FPCAR - frame;
    if (use_fp) {
        __asm__ volatile("vmrs %0, fpscr\n\tvmov s3, %0" : "=r"(seen.fpscr) :: "s3");
        seen.control_after_fp = READ_SPECIAL(control);
        seen.fpccr_after_fp = FPU_FPCCR;
    }
}

__attribute__((naked)) void PendSV_Handler(void) { __asm__("mov r0, sp\n\tmov r1, lr\n\tb look"); }

PROBE(plain, "ldr r2, =0xE000ED04\n\tmov r3, #0x10000000\n\tstr r3, [r2]\n\tdsb\n\tisb\n\tmrs r0, control")
PROBE(with_fp, "vmov s3, r0\n\tvmov s20, r0\n\tldr r2, =0xE000ED04\n\tmov r3, #0x10000000\n\tstr r3, [r2]\n\tdsb\n\tisb\n\t"
               "vmov r0, s3\n\tvmov r1, s20\n\teor r0, r1\n\tmrs r1, control\n\torr r0, r1")

static void run(const char *label, attempted f)
{
    WRITE_SPECIAL(control, 0);
    uint32_t result = attempt(f, 0x3FC00000, 0, 0);
    print("%s: result %x EXC_RETURN %x CONTROL %x FPCCR %x", label, result, seen.exc_return, seen.control & 4,
          seen.fpccr & 0xC0000001);
    if (!(seen.exc_return & 0x10) && seen.fpccr & 0x40000000)
        print(" FPCAR frame+%d", (int)seen.fpcar_offset);
    if (use_fp)
        print(" after FP: CONTROL %x FPCCR %x FPSCR %x", seen.control_after_fp & 4, seen.fpccr_after_fp & 0xC0000001,
              seen.fpscr);
    print("\n");
}

int main(void)
{
    enable_fault_handlers();
    print("reset FPCCR %x FPDSCR %x\n", FPU_FPCCR & 0xC0000000, FPU_FPDSCR);
    run("no FP state", plain);
    run("FP state, handler without FP", with_fp);
    use_fp = 1;
    FPU_FPDSCR = 0x03000000;
    run("FP state, handler with FP", with_fp);
    run("no FP state, handler with FP", plain);
    FPU_FPCCR = (FPU_FPCCR & ~0xC0000000u) | 0x80000000; /* ASPEN only: no lazy stacking */
    BARRIER();
    run("not lazy", with_fp);
    use_fp = 0;
    run("not lazy, handler without FP", with_fp);
    FPU_FPCCR &= ~0xC0000000u;
    BARRIER();
    run("no automatic state", with_fp);
    FPU_FPDSCR = 0xFFFFFFFF;
    print("FPDSCR %x\n", FPU_FPDSCR);
    FPU_FPCAR = 0xFFFFFFFF;
    print("FPCAR %x\n", FPU_FPCAR);
    print("MVFR %x %x\n", REGISTER(0xE000EF40), REGISTER(0xE000EF44));
    return 0;
}
