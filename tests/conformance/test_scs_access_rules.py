"""Which bits of the System Control Space software can change, in which widths, and from which privilege; typed from
ARM DDI 0403E.e, chapters B3 and C1. Nothing here comes from the code under test but what it answers.

A row: address, name, what is read after 0xFFFFFFFF was written to a fresh core, what is read after 0 was written then,
and whether bytes and halfwords work. The core is a Cortex-M4 with FPU, 32 interrupts of 8 priority bits.
"""

import pytest
from support.control_space import CORTEX_M4F, Bench

from emulator.armv7m.faults import Fault

ALL = 0xFFFF_FFFF
WORD, ANY = False, True

ROWS = [
    (0xE000_0000, "ITM_STIM0", 1, 1, ANY),
    (0xE000_0E00, "ITM_TER", 0, 0, WORD),  # locked
    (0xE000_0E40, "ITM_TPR", 0, 0, WORD),  # locked
    (0xE000_0E80, "ITM_TCR", 0, 0, WORD),  # locked
    (0xE000_0FB4, "ITM_LSR", 3, 3, WORD),
    (0xE000_1000, "DWT_CTRL", 0x407F_1FFF, 0x4000_0000, WORD),
    (0xE000_1004, "DWT_CYCCNT", ALL, 0, WORD),
    (0xE000_1008, "DWT_CPICNT", 0xFF, 0, WORD),
    (0xE000_1020, "DWT_COMP0", ALL, 0, WORD),
    (0xE000_1024, "DWT_MASK0", 0x1F, 0, WORD),
    (0xE000_1028, "DWT_FUNCTION0", 0x000F_FDAF, 0, WORD),
    (0xE000_E004, "ICTR", 0, 0, WORD),
    (0xE000_E010, "SYST_CSR", 7, 4, WORD),
    (0xE000_E014, "SYST_RVR", 0x00FF_FFFF, 0, WORD),
    (0xE000_E018, "SYST_CVR", 0, 0, WORD),
    (0xE000_E01C, "SYST_CALIB", 0x8000_0000, 0x8000_0000, WORD),
    (0xE000_E100, "NVIC_ISER0", ALL, ALL, ANY),
    (0xE000_E180, "NVIC_ICER0", 0, 0, ANY),
    (0xE000_E200, "NVIC_ISPR0", ALL, ALL, ANY),
    (0xE000_E280, "NVIC_ICPR0", 0, 0, ANY),
    (0xE000_E300, "NVIC_IABR0", 0, 0, ANY),
    (0xE000_E400, "NVIC_IPR0", ALL, 0, ANY),
    (0xE000_ED00, "CPUID", 0x410F_C241, 0x410F_C241, WORD),
    (0xE000_ED04, "ICSR", 0x9400_2800, 0x9400_2800, WORD),  # NMI, PendSV, SysTick pend; NMI is VECTPENDING
    (0xE000_ED08, "VTOR", 0xFFFF_FF80, 0, WORD),
    (0xE000_ED0C, "AIRCR", 0xFA05_0000, 0xFA05_0000, WORD),  # no key
    (0xE000_ED10, "SCR", 0x16, 0, WORD),
    (0xE000_ED14, "CCR", 0x31B, 0, WORD),
    (0xE000_ED18, "SHPR1", 0x00FF_FFFF, 0, ANY),
    (0xE000_ED1C, "SHPR2", 0xFF00_0000, 0, ANY),
    (0xE000_ED20, "SHPR3", 0xFFFF_00FF, 0, ANY),
    (0xE000_ED24, "SHCSR", 0x0007_FD8B, 0, WORD),
    (0xE000_ED28, "CFSR", 0, 0, ANY),
    (0xE000_ED2C, "HFSR", 0, 0, WORD),
    (0xE000_ED30, "DFSR", 0, 0, WORD),
    (0xE000_ED34, "MMFAR", ALL, 0, WORD),
    (0xE000_ED38, "BFAR", ALL, 0, WORD),
    (0xE000_ED3C, "AFSR", 0, 0, WORD),
    (0xE000_ED40, "ID_PFR0", 0x30, 0x30, WORD),
    (0xE000_ED60, "ID_ISAR0", 0x0114_1110, 0x0114_1110, WORD),
    (0xE000_ED84, "CSSELR", 0, 0, WORD),  # no caches
    (0xE000_ED88, "CPACR", 0x00F0_0000, 0, WORD),
    (0xE000_ED90, "MPU_TYPE", 0x800, 0x800, WORD),
    (0xE000_ED94, "MPU_CTRL", 7, 0, WORD),
    (0xE000_ED98, "MPU_RNR", 0, 0, WORD),  # region 255 does not exist
    (0xE000_EDA0, "MPU_RASR", 0x173F_FF3F, 0, WORD),
    (0xE000_EDF4, "DCRSR", 0, 0, WORD),
    (0xE000_EDF8, "DCRDR", ALL, 0, WORD),
    (0xE000_EDFC, "DEMCR", 0x010F_07F1, 0, WORD),
    (0xE000_EF00, "STIR", 0, 0, WORD),
    (0xE000_EF34, "FPCCR", 0xC000_017B, 0, WORD),
    (0xE000_EF38, "FPCAR", 0xFFFF_FFF8, 0, WORD),
    (0xE000_EF3C, "FPDSCR", 0x07C0_0000, 0, WORD),
    (0xE000_EF40, "MVFR0", 0x1011_0021, 0x1011_0021, WORD),
    (0xE000_EF60, "DCISW", 0, 0, WORD),
]
IDS = [row[1] for row in ROWS]


@pytest.mark.parametrize(("address", "name", "ones", "zeros", "narrow"), ROWS, ids=IDS)
def test_row_33_reserved_bits_read_as_zero_and_only_implemented_bits_change(address, name, ones, zeros, narrow):
    bench = Bench(CORTEX_M4F)
    bench.store(address, ALL)
    assert bench.load(address) == ones
    bench.store(address, 0)
    assert bench.load(address) == zeros


@pytest.mark.parametrize(("address", "name", "ones", "zeros", "narrow"), ROWS, ids=IDS)
@pytest.mark.parametrize("size", [1, 2])
def test_bytes_and_halfwords_show_their_part_of_the_word_where_they_are_allowed(
    address, name, ones, zeros, narrow, size
):
    bench = Bench(CORTEX_M4F)
    bench.store(address, ALL)
    parts = [bench.load(address + lane, size) for lane in range(0, 4, size)]
    word = bench.load(address) if narrow else 0
    assert parts == [word >> 8 * lane & (1 << 8 * size) - 1 for lane in range(0, 4, size)]


@pytest.mark.parametrize(("address", "name", "ones", "zeros", "narrow"), ROWS, ids=IDS)
@pytest.mark.parametrize("size", [1, 2])
def test_writing_a_register_part_by_part_is_writing_the_word_where_parts_are_allowed(
    address, name, ones, zeros, narrow, size
):
    bench = Bench(CORTEX_M4F)
    untouched = bench.load(address)
    for lane in range(0, 4, size):
        bench.store(address + lane, ALL, size)
    assert bench.load(address) == (ones if narrow else untouched)


@pytest.mark.parametrize(("address", "name", "ones", "zeros", "narrow"), ROWS, ids=IDS)
def test_row_7_unprivileged_code_gets_a_bus_fault_except_in_the_itm(address, name, ones, zeros, narrow):
    bench = Bench(CORTEX_M4F)
    in_itm = address < 0xE000_1000
    assert isinstance(bench.scs.read(address, 4, privileged=False), Fault) is not in_itm
    assert isinstance(bench.scs.write(address, 4, ALL, privileged=False), Fault) is not in_itm
