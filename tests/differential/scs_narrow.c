/* Bytes and halfwords of every word of the System Control Space: what they read, and what a store of them changes. */
#include "console.h"
#include "faults.h"

PROBE(load_byte, "ldrb r0, [r0]")
PROBE(load_half, "ldrh r0, [r0]")
PROBE(load_word, "ldr r0, [r0]")
PROBE(store_byte, "strb r1, [r0]\n\tmovs r0, #1")
PROBE(store_half, "strh r1, [r0]\n\tmovs r0, #1")

/* Not swept: what moves, resets or pends by itself, and the MPU, which has tests of its own. */
static int is_left_out(uint32_t address)
{
    return address == 0xE000E010 || address == 0xE000E018 || address == 0xE000ED04 || address == 0xE000ED0C ||
           (address >= 0xE000ED28 && address <= 0xE000ED38) || (address >= 0xE000ED90 && address <= 0xE000EDB8) ||
           (address >= 0xE000EDF0 && address < 0xE000EE00) || address == 0xE000EF00;
}

/* The result of a probe, or the fault in a form that no register has. */
static uint32_t outcome(attempted f, uint32_t address, uint32_t value)
{
    uint32_t result = attempt(f, address, value, 0);
    if (fault.count)
        result = 0xFA000000 | fault.exception << 16 | (fault.cfsr >> 8 & 0xFF);
    clear_fault();
    return result;
}

static void restore(uint32_t address, uint32_t word)
{
    REGISTER(address) = word;
    NVIC_ICER0 = NVIC_ICPR0 = 0xFFFFFFFF;
    SCB_ICSR = 1u << 27 | 1u << 25;
    SCB_SHCSR = 0x70000;
}

static void visit(uint32_t address)
{
    uint32_t seen[9], any = 0;
    for (unsigned i = 0; i < 4; i++)
        any |= seen[i] = outcome(load_byte, address + i, 0);
    for (unsigned i = 0; i < 2; i++)
        any |= seen[4 + i] = outcome(load_half, address + 2 * i, 0);
    seen[6] = outcome(load_word, address + 1, 0);
    uint32_t word = REGISTER(address);
    outcome(store_byte, address + 1, 0x5A);
    seen[7] = REGISTER(address) ^ word;
    restore(address, word);
    outcome(store_half, address + 2, 0xA5A5);
    seen[8] = REGISTER(address) ^ word;
    restore(address, word);
    if (!(any | seen[7] | seen[8]))
        return;
    print("%x", address);
    for (unsigned i = 0; i < 9; i++)
        print(" %x", seen[i]);
    print("\n");
}

int main(void)
{
    enable_fault_handlers();
    __asm__ volatile("cpsid i" ::: "memory");
    for (uint32_t address = 0xE000E000; address < 0xE000F000; address += 4)
        if (!is_left_out(address))
            visit(address);
    return 0;
}
