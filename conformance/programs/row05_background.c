/* PRIVDEFENA and HFNMIENA: who may use the default map, and when the MPU is off. */
#include "console.h"
#include "faults.h"

PROBE(load, "ldr r0, [r0]")
#define ELSEWHERE 0x20000000

static volatile uint32_t seen;

void NMI_Handler(void) { seen = *(volatile uint32_t *)ELSEWHERE; }

/* In HardFault, where a masked SVC ends. */
static int look(uint32_t *frame)
{
    (void)frame;
    seen = *(volatile uint32_t *)ELSEWHERE;
    SCB_HFSR = SCB_HFSR;
    return 1;
}

static void hard_fault(void)
{
    seen = 0;
    fault_mend = look;
    WRITE_SPECIAL(primask, 1);
    __asm__ volatile("svc #0" ::: "r0", "r1", "r2", "r3", "r12", "memory");
    WRITE_SPECIAL(primask, 0);
    fault_mend = 0;
    print("HardFault %x\n", seen);
}

void PendSV_Handler(void) { seen = attempt(load, ELSEWHERE, 0, 0); }

static uint32_t home(void)
{
    MPU_RBAR = 0 | 0x10;
    MPU_RASR = RASR(16, 3, 0);
    return 0;
}

static void with_ctrl(uint32_t ctrl)
{
    print("MPU_CTRL %x\n", ctrl);
    MPU_CTRL = ctrl;
    BARRIER();
    TRY("privileged", load, ELSEWHERE, 0);
    TRY_UNPRIVILEGED("unprivileged", load, ELSEWHERE, 0);
    TRY_UNPRIVILEGED("unprivileged home", load, 0x7FFC, 0);
    clear_fault();
    SCB_ICSR = 1 << 28;
    BARRIER();
    report("PendSV", seen);
    if (!(ctrl & 2) || ctrl & 4) {
        seen = 0;
        SCB_ICSR = 1u << 31;
        BARRIER();
        print("NMI %x\n", seen);
        hard_fault();
        WRITE_SPECIAL(faultmask, 1);
        TRY("FAULTMASK", load, ELSEWHERE, 0);
        WRITE_SPECIAL(faultmask, 0);
    }
}

int main(void)
{
    *(volatile uint32_t *)0x7FFC = 0x600D600D;
    *(volatile uint32_t *)ELSEWHERE = 0x5EED5EED;
    enable_fault_handlers();
    home();
    with_ctrl(0);
    with_ctrl(1);
    with_ctrl(5);
    with_ctrl(3);
    with_ctrl(7);
    print("reserved bits of MPU_CTRL ");
    MPU_CTRL = 0xFFFFFFF8;
    print("%x\n", MPU_CTRL);
    return 0;
}
