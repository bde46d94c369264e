"""Reset values of the Private Peripheral Bus, typed from ARM DDI 0403E.e, chapters B3, B4 and C1, and, where that says
IMPLEMENTATION DEFINED, from the register summaries in the manuals of Cortex-M3, Cortex-M4 and Cortex-M7. Nothing here
comes from the code under test but what it answers.

One row a register: address, name, value on Cortex-M3, on Cortex-M4 with FPU, on Cortex-M7 with FPU. The parts have 32
interrupts and 8 MPU regions (16 on the M7), no reference clock for SysTick, and a vector table at 0.
"""

import pytest
from support.control_space import CORTEX_M3, CORTEX_M4F, CORTEX_M7, Bench

from emulator.armv7m.registers import all_registers, name_at, register_at

UNKNOWN_READS_AS_ZERO = 0

ROWS = [
    (0xE000_0000, "ITM_STIM0", 1, 1, 1),
    (0xE000_007C, "ITM_STIM31", 1, 1, 1),
    (0xE000_0E00, "ITM_TER", 0, 0, 0),
    (0xE000_0E40, "ITM_TPR", 0, 0, 0),
    (0xE000_0E80, "ITM_TCR", 0, 0, 0),
    (0xE000_0FB0, "ITM_LAR", 0, 0, 0),
    (0xE000_0FB4, "ITM_LSR", 3, 3, 3),
    (0xE000_0FD0, "ITM_COMPONENT_ID0", 0x04, 0x04, 0x04),
    (0xE000_0FE0, "ITM_COMPONENT_ID4", 0x01, 0x01, 0x01),
    (0xE000_1000, "DWT_CTRL", 0x4000_0000, 0x4000_0000, 0x4000_0000),
    (0xE000_1004, "DWT_CYCCNT", 0, 0, 0),
    (0xE000_1008, "DWT_CPICNT", 0, 0, 0),
    (0xE000_100C, "DWT_EXCCNT", 0, 0, 0),
    (0xE000_1010, "DWT_SLEEPCNT", 0, 0, 0),
    (0xE000_1014, "DWT_LSUCNT", 0, 0, 0),
    (0xE000_1018, "DWT_FOLDCNT", 0, 0, 0),
    (0xE000_101C, "DWT_PCSR", 0, 0, 0),
    (0xE000_1020, "DWT_COMP0", 0, 0, 0),
    (0xE000_1024, "DWT_MASK0", 0, 0, 0),
    (0xE000_1028, "DWT_FUNCTION0", 0, 0, 0),
    (0xE000_1050, "DWT_COMP3", 0, 0, 0),
    (0xE000_1054, "DWT_MASK3", 0, 0, 0),
    (0xE000_1058, "DWT_FUNCTION3", 0, 0, 0),
    (0xE000_1FE0, "DWT_COMPONENT_ID4", 0x02, 0x02, 0x02),
    (0xE000_E004, "ICTR", 0, 0, 0),
    (0xE000_E008, "ACTLR", 0, 0, 0),
    (0xE000_E010, "SYST_CSR", 4, 4, 4),
    (0xE000_E014, "SYST_RVR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_E018, "SYST_CVR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_E01C, "SYST_CALIB", 0x8000_0000, 0x8000_0000, 0x8000_0000),
    (0xE000_E100, "NVIC_ISER0", 0, 0, 0),
    (0xE000_E13C, "NVIC_ISER15", 0, 0, 0),
    (0xE000_E180, "NVIC_ICER0", 0, 0, 0),
    (0xE000_E1BC, "NVIC_ICER15", 0, 0, 0),
    (0xE000_E200, "NVIC_ISPR0", 0, 0, 0),
    (0xE000_E23C, "NVIC_ISPR15", 0, 0, 0),
    (0xE000_E280, "NVIC_ICPR0", 0, 0, 0),
    (0xE000_E2BC, "NVIC_ICPR15", 0, 0, 0),
    (0xE000_E300, "NVIC_IABR0", 0, 0, 0),
    (0xE000_E33C, "NVIC_IABR15", 0, 0, 0),
    (0xE000_E400, "NVIC_IPR0", 0, 0, 0),
    (0xE000_E41C, "NVIC_IPR7", 0, 0, 0),
    (0xE000_E5EC, "NVIC_IPR123", 0, 0, 0),
    (0xE000_ED00, "CPUID", 0x412F_C231, 0x410F_C241, 0x411F_C272),
    (0xE000_ED04, "ICSR", 0x800, 0x800, 0x800),
    (0xE000_ED08, "VTOR", 0, 0, 0),
    (0xE000_ED0C, "AIRCR", 0xFA05_0000, 0xFA05_0000, 0xFA05_0000),
    (0xE000_ED10, "SCR", 0, 0, 0),
    (0xE000_ED14, "CCR", 0x200, 0x200, 0x4_0200),
    (0xE000_ED18, "SHPR1", 0, 0, 0),
    (0xE000_ED1C, "SHPR2", 0, 0, 0),
    (0xE000_ED20, "SHPR3", 0, 0, 0),
    (0xE000_ED24, "SHCSR", 0, 0, 0),
    (0xE000_ED28, "CFSR", 0, 0, 0),
    (0xE000_ED2C, "HFSR", 0, 0, 0),
    (0xE000_ED30, "DFSR", 0, 0, 0),
    (0xE000_ED34, "MMFAR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_ED38, "BFAR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_ED3C, "AFSR", 0, 0, 0),
    (0xE000_ED40, "ID_PFR0", 0x0000_0030, 0x0000_0030, 0x0000_0030),
    (0xE000_ED44, "ID_PFR1", 0x0000_0200, 0x0000_0200, 0x0000_0200),
    (0xE000_ED48, "ID_DFR0", 0x0010_0000, 0x0010_0000, 0x0010_0000),
    (0xE000_ED4C, "ID_AFR0", 0, 0, 0),
    (0xE000_ED50, "ID_MMFR0", 0x0000_0030, 0x0010_0030, 0x0010_0030),
    (0xE000_ED54, "ID_MMFR1", 0, 0, 0),
    (0xE000_ED58, "ID_MMFR2", 0, 0x0100_0000, 0x0100_0000),
    (0xE000_ED5C, "ID_MMFR3", 0, 0, 0),
    (0xE000_ED60, "ID_ISAR0", 0x0114_1110, 0x0114_1110, 0x0110_1110),
    (0xE000_ED64, "ID_ISAR1", 0x0211_1000, 0x0211_2000, 0x0211_2000),
    (0xE000_ED68, "ID_ISAR2", 0x2111_2231, 0x2123_2231, 0x2023_2231),
    (0xE000_ED6C, "ID_ISAR3", 0x0111_1110, 0x0111_1131, 0x0111_1131),
    (0xE000_ED70, "ID_ISAR4", 0x0131_0102, 0x0131_0132, 0x0131_0132),
    (0xE000_ED78, "CLIDR", 0, 0, 0x0900_0003),
    (0xE000_ED7C, "CTR", 0, 0, 0x8303_C003),
    (0xE000_ED80, "CCSIDR", 0, 0, 0xF003_E019),
    (0xE000_ED84, "CSSELR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_ED88, "CPACR", 0, 0, 0),
    (0xE000_ED90, "MPU_TYPE", 0x0800, 0x0800, 0x1000),
    (0xE000_ED94, "MPU_CTRL", 0, 0, 0),
    (0xE000_ED98, "MPU_RNR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_ED9C, "MPU_RBAR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EDA0, "MPU_RASR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EDA4, "MPU_RBAR_A1", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EDA8, "MPU_RASR_A1", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EDAC, "MPU_RBAR_A2", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EDB0, "MPU_RASR_A2", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EDB4, "MPU_RBAR_A3", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EDB8, "MPU_RASR_A3", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EDF0, "DHCSR", 0x0200_0000, 0x0200_0000, 0x0200_0000),
    (0xE000_EDF4, "DCRSR", 0, 0, 0),
    (0xE000_EDF8, "DCRDR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EDFC, "DEMCR", 0, 0, 0),
    (0xE000_EF00, "STIR", 0, 0, 0),
    (0xE000_EF34, "FPCCR", 0, 0xC000_0000, 0xC000_0000),
    (0xE000_EF38, "FPCAR", *[UNKNOWN_READS_AS_ZERO] * 3),
    (0xE000_EF3C, "FPDSCR", 0, 0, 0),
    (0xE000_EF40, "MVFR0", 0, 0x1011_0021, 0x1011_0221),
    (0xE000_EF44, "MVFR1", 0, 0x1100_0011, 0x1200_0011),
    (0xE000_EF48, "MVFR2", 0, 0, 0x40),
    (0xE000_EF50, "ICIALLU", 0, 0, 0),
    (0xE000_EF58, "ICIMVAU", 0, 0, 0),
    (0xE000_EF5C, "DCIMVAC", 0, 0, 0),
    (0xE000_EF60, "DCISW", 0, 0, 0),
    (0xE000_EF64, "DCCMVAU", 0, 0, 0),
    (0xE000_EF68, "DCCMVAC", 0, 0, 0),
    (0xE000_EF6C, "DCCSW", 0, 0, 0),
    (0xE000_EF70, "DCCIMVAC", 0, 0, 0),
    (0xE000_EF74, "DCCISW", 0, 0, 0),
    (0xE000_EF78, "BPIALL", 0, 0, 0),
    (0xE000_EFD0, "SCS_COMPONENT_ID0", 0x04, 0x04, 0x04),
    (0xE000_EFE0, "SCS_COMPONENT_ID4", 0x00, 0x0C, 0x0C),
    (0xE000_EFE4, "SCS_COMPONENT_ID5", 0xB0, 0xB0, 0xB0),
    (0xE000_EFF0, "SCS_COMPONENT_ID8", 0x0D, 0x0D, 0x0D),
    (0xE000_EFF4, "SCS_COMPONENT_ID9", 0xE0, 0xE0, 0xE0),
    (0xE000_EFF8, "SCS_COMPONENT_ID10", 0x05, 0x05, 0x05),
    (0xE000_EFFC, "SCS_COMPONENT_ID11", 0xB1, 0xB1, 0xB1),
]
CORES = [CORTEX_M3, CORTEX_M4F, CORTEX_M7]


@pytest.mark.parametrize("row", ROWS, ids=[row[1] for row in ROWS])
def test_row_34_each_register_has_its_reset_value_and_is_found_by_name(row):
    address, name, *values = row
    assert [Bench(config).load(address) for config in CORES] == values
    assert name_at(address) == name


@pytest.mark.parametrize("config", CORES, ids=lambda config: config.name)
def test_row_34_whatever_the_table_does_not_list_reads_as_zero(config):
    bench = Bench(config)
    listed = {row[0] for row in ROWS}
    components = (0xE000_0000, 0xE000_1000, 0xE000_E000)
    identification = {base + offset for base in components for offset in range(0xFD0, 0x1000)}
    stimulus = set(range(0xE000_0000, 0xE000_0080))
    for address in [*range(0xE000_0000, 0xE000_3000, 4), *range(0xE000_E000, 0xE000_F000, 4)]:
        if address not in listed | identification | stimulus:
            assert bench.load(address) == 0, hex(address)


def test_row_34_the_table_has_a_row_for_every_kind_of_register():
    declared = {register.__name__ for register in all_registers() if register.ADDRESS < 0xE004_0000}
    tested = {row[1].rstrip("0123456789") for row in ROWS} | {row[1] for row in ROWS}
    assert declared <= tested


@pytest.mark.parametrize("row", ROWS, ids=[row[1] for row in ROWS])
def test_row_34_a_declaration_that_states_a_reset_value_states_this_one(row):
    address, _, *values = row
    stated = register_at(address).RESET
    assert isinstance(stated, str) or values == [stated] * 3
