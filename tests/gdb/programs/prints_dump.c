/* A HardFault handler that prints what it finds, as many do: the exception frame, EXC_RETURN, the status registers. */
#include <stdint.h>
#include "console.h"

#define WORD(address) (*(volatile uint32_t *)(address))

__attribute__((used)) void print_fault(const uint32_t *frame, uint32_t exc_return)
{
    static const char *const names[] = { "R0", "R1", "R2", "R3", "R12", "LR [R14]", "PC [R15]", "PSR" };

    print("[Hard fault handler - all numbers in hex]\n");
    for (int i = 0; i < 8; i++)
        print("%s = %x\n", names[i], frame[i]);
    print("CFSR = %x, HFSR = %x\n", WORD(0xE000ED28), WORD(0xE000ED2C));
    print("MMFAR: %x BFAR: %x\n", WORD(0xE000ED34), WORD(0xE000ED38));
    print("SCB->SHCSR = %x\nLR/EXC_RETURN = %x\n", WORD(0xE000ED24), exc_return);
    for (;;) {
    }
}

__attribute__((naked)) void HardFault_Handler(void)
{
    __asm__("tst lr, #4; ite eq; mrseq r0, msp; mrsne r0, psp; mov r1, lr; b print_fault");
}

__attribute__((noinline)) uint32_t reads(volatile uint32_t *address)
{
    return *address + 1;
}

int main(void)
{
    return (int)reads((volatile uint32_t *)0x60000010u);
}
