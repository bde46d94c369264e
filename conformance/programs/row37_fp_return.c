/* An exception return with the EXC_RETURN value of a frame with FP registers: what a core without FPU makes of it. */
#include "console.h"
#include "faults.h"

static uint32_t vectors[64] __attribute__((aligned(256)));

static void refused(void)
{
    print("refused cfsr=%x\n", SCB_CFSR);
    finish(0);
}

static void __attribute__((naked)) return_with_fp_frame(void)
{
    __asm__("bic lr, lr, #0x10\n\tbx lr");
}

int main(void)
{
    enable_fault_handlers();
    for (int i = 0; i < 64; i++)
        vectors[i] = ((volatile uint32_t *)SCB_VTOR)[i];
    vectors[6] = (uint32_t)refused;
    vectors[14] = (uint32_t)return_with_fp_frame;
    SCB_VTOR = (uint32_t)vectors;
    SCB_ICSR = 1 << 28;
    __asm__ volatile("dsb\n\tisb");
    print("returned\n");
    return 0;
}
