/* Reset values of the System Control Space. */
#include "console.h"
#include "faults.h"

static const struct { const char *name; uint32_t address, mask; } registers[] = {
    {"ICTR", 0xE000E004, 0xF}, {"SYST_CSR", 0xE000E010, ~0u}, {"NVIC_ISER0", 0xE000E100, ~0u},
    {"NVIC_ICER0", 0xE000E180, ~0u}, {"NVIC_ISPR0", 0xE000E200, ~0u}, {"NVIC_ICPR0", 0xE000E280, ~0u},
    {"NVIC_IABR0", 0xE000E300, ~0u}, {"NVIC_IPR0", 0xE000E400, ~0u}, {"CPUID", 0xE000ED00, ~0u},
    {"ICSR", 0xE000ED04, ~0x800u}, {"VTOR", 0xE000ED08, ~0u}, {"AIRCR", 0xE000ED0C, ~0u}, {"SCR", 0xE000ED10, ~0u},
    {"CCR", 0xE000ED14, ~0u}, {"SHPR1", 0xE000ED18, ~0u}, {"SHPR2", 0xE000ED1C, ~0u}, {"SHPR3", 0xE000ED20, ~0u},
    {"SHCSR", 0xE000ED24, ~0u}, {"CFSR", 0xE000ED28, ~0u}, {"HFSR", 0xE000ED2C, ~0u}, {"DFSR", 0xE000ED30, ~0u},
    {"AFSR", 0xE000ED3C, ~0u}, {"ID_PFR0", 0xE000ED40, ~0u}, {"ID_PFR1", 0xE000ED44, ~0u},
    {"ID_DFR0", 0xE000ED48, ~0u}, {"ID_AFR0", 0xE000ED4C, ~0u}, {"ID_MMFR0", 0xE000ED50, ~0u},
    {"ID_MMFR1", 0xE000ED54, ~0u}, {"ID_MMFR2", 0xE000ED58, ~0u}, {"ID_MMFR3", 0xE000ED5C, ~0u},
    {"ID_ISAR0", 0xE000ED60, ~0u}, {"ID_ISAR1", 0xE000ED64, ~0u}, {"ID_ISAR2", 0xE000ED68, ~0u},
    {"ID_ISAR3", 0xE000ED6C, ~0u}, {"ID_ISAR4", 0xE000ED70, ~0u}, {"MPU_TYPE", 0xE000ED90, ~0u}, {"MPU_CTRL", 0xE000ED94, ~0u}, {"DEMCR", 0xE000EDFC, ~0u},
    {"FPCCR", 0xE000EF34, ~0u}, {"FPCAR", 0xE000EF38, 7}, {"FPDSCR", 0xE000EF3C, ~0u}, {"MVFR0", 0xE000EF40, ~0u},
    {"MVFR1", 0xE000EF44, ~0u},
};

int main(void)
{
    extern uint32_t cpacr_at_reset;
    for (unsigned i = 0; i < sizeof registers / sizeof *registers; i++)
        print("%s %x\n", registers[i].name, REGISTER(registers[i].address) & registers[i].mask);
    print("CPACR %x\n", cpacr_at_reset);
    print("PRIMASK %x FAULTMASK %x BASEPRI %x CONTROL %x\n", READ_SPECIAL(primask), READ_SPECIAL(faultmask),
          READ_SPECIAL(basepri), READ_SPECIAL(control));
    return 0;
}
