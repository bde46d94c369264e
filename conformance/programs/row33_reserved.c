/* Reserved and unimplemented words of the System Control Space: no read or write faults or ends the run. */
#include "console.h"
#include "faults.h"

PROBE(load, "ldr r0, [r0]")
PROBE(store, "str r1, [r0]\n\tmovs r0, #1")

/* Ranges without a register of a Cortex-M3 or M4: reserved by the manual's table B3-4. */
static const struct { uint32_t first, last; } reserved[] = {
    {0xE000E020, 0xE000E0FC}, {0xE000E140, 0xE000E17C}, {0xE000E1C0, 0xE000E1FC}, {0xE000E2C0, 0xE000E2FC},
    {0xE000E340, 0xE000E3FC}, {0xE000E5F0, 0xE000ECFC}, {0xE000EDBC, 0xE000EDEC}, {0xE000EE00, 0xE000EEFC},
};

int main(void)
{
    int faults = 0, not_zero = 0;
    enable_fault_handlers();
    for (uint32_t address = 0xE000E000; address < 0xE000F000; address += 4) {
        attempt(load, address, 0, 0);
        faults += (int)fault.count;
        clear_fault();
    }
    print("reads of the whole space: %d faults\n", faults);
    for (unsigned i = 0; i < sizeof reserved / sizeof *reserved; i++)
        for (uint32_t address = reserved[i].first; address <= reserved[i].last; address += 4) {
            attempt(store, address, 0xFFFFFFFF, 0);
            faults += (int)fault.count;
            clear_fault();
            not_zero += REGISTER(address) != 0;
        }
    print("writes to reserved words: %d faults, %d read back\n", faults, not_zero);
    SCB_ICSR = 0;
    print("ICSR %x\n", SCB_ICSR & ~0x800u); /* RETTOBASE is UNKNOWN in Thread mode */
    SCB_CCR = 0xFFFFFFFF;
    print("CCR %x\n", SCB_CCR);
    SCB_CCR = 0x200;
    SCB_SHCSR = 0x00070000;
    print("SHCSR %x\n", SCB_SHCSR);
    SCB_SHPR1 = 0xFFFFFFFF;
    print("SHPR1 reserved byte %x\n", SCB_SHPR1 >> 24);
    SCB_SHPR2 = 0x00FFFFFF;
    print("SHPR2 reserved bytes %x\n", SCB_SHPR2);
    SCB_SHPR3 = 0x0000FF00;
    print("SHPR3 reserved byte %x\n", SCB_SHPR3);
    return 0;
}
