/* XN of the default map holds with the MPU off, and of system space whatever a region says. */
#include "console.h"
#include "faults.h"

PROBE(jump, "push {r4, lr}\n\torr r0, #1\n\tblx r0\n\tpop {r4, pc}")

static const uint32_t places[] = {0x20010000, 0x21000000, 0x48000000, 0x5FFFFFFC, 0x60000000, 0x9FFFFFFC,
                                  0xA0000000, 0xC0000000, 0xDFFFFFFC, 0xE0000000, 0xE000ED00, 0xE0100000, 0xFF000000};

static void jump_everywhere(void)
{
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        uint32_t result = attempt(jump, places[i], 7, 0);
        print("%x %s pc=%x ", places[i], result == FAULTED ? "fault" : "ran", fault.frame[6]);
        report("", result == FAULTED);
    }
}

int main(void)
{
    *(volatile uint16_t *)0x20010000 = 0x4770;
    *(volatile uint16_t *)0x21000000 = 0x4770;
    enable_fault_handlers();
    print("MPU off\n");
    jump_everywhere();
    print("a region allows everything\n");
    MPU_RBAR = 0x10;
    MPU_RASR = RASR(32, 3, 0);
    MPU_CTRL = 1;
    BARRIER();
    jump_everywhere();
    print("a region forbids execution\n");
    MPU_RBAR = 0x20000011;
    MPU_RASR = RASR(29, 3, 1);
    BARRIER();
    jump_everywhere();
    return 0;
}
