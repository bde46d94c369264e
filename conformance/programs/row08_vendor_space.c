/* 0xE0100000 upwards: the default map allows reads and writes for all and never execution; here nothing answers. */
#include "console.h"
#include "faults.h"

PROBE(load, "ldr r0, [r0]")
PROBE(store, "str r1, [r0]\n\tmovs r0, #1")
PROBE(jump, "push {r4, lr}\n\torr r0, #1\n\tblx r0\n\tpop {r4, pc}")

static void round_of_tries(void)
{
    TRY("load", load, 0xE0100000, 0);
    TRY("store", store, 0xFFFFFFF0, 0);
    TRY_UNPRIVILEGED("unprivileged load", load, 0xE0100000, 0);
    TRY_UNPRIVILEGED("unprivileged store", store, 0xFFFF0000, 0);
    TRY("fetch", jump, 0xE0100000, 0);
}

int main(void)
{
    enable_fault_handlers();
    print("MPU off\n");
    round_of_tries();
    MPU_RBAR = 0x10;
    MPU_RASR = RASR(31, 3, 0);
    MPU_CTRL = 5;
    BARRIER();
    print("privileged default map\n");
    round_of_tries();
    print("a region makes it read-only\n");
    MPU_RBAR = 0xE0000000 | 0x11;
    MPU_RASR = RASR(29, 6, 0);
    BARRIER();
    round_of_tries();
    return 0;
}
