import pytest
from support.control_space import CORTEX_M3, CORTEX_M4, CORTEX_M4F, CORTEX_M7, Bench

from emulator.armv7m.exceptions import Exceptions
from emulator.armv7m.scs_hooks import Masks

ACTLR, CPUID, ICSR, VTOR, AIRCR, SCR, CCR = (0xE000_E000 + o for o in (8, *range(0xD00, 0xD18, 4)))
SHPR1, SHPR2, SHPR3, SHCSR, CFSR, HFSR, DFSR, MMFAR, BFAR, AFSR = (0xE000_E000 + o for o in range(0xD18, 0xD40, 4))
CPACR, FPCCR, FPCAR, FPDSCR = 0xE000_ED88, 0xE000_EF34, 0xE000_EF38, 0xE000_EF3C
KEY = 0x05FA_0000
VECTPENDING, VECTACTIVE = 0x1FF << 12, 0x1FF
RETTOBASE, ISRPENDING = 1 << 11, 1 << 22


# -- ICSR ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bit", "exception"), [(31, 2), (28, 14), (26, 15)])
def test_icsr_pends_with_a_set_bit_and_shows_it(bit, exception):
    bench = Bench()
    bench.store(ICSR, 1 << bit)
    assert bench.pending(exception)
    assert bench.load(ICSR) >> bit & 1
    bench.store(ICSR, 0)
    assert bench.pending(exception)


@pytest.mark.parametrize(("set_bit", "clear_bit", "exception"), [(28, 27, 14), (26, 25, 15)])
def test_icsr_unpends_with_a_clear_bit_that_reads_as_zero(set_bit, clear_bit, exception):
    bench = Bench()
    bench.store(ICSR, 1 << set_bit)
    bench.store(ICSR, 1 << clear_bit)
    assert not bench.pending(exception)
    assert not bench.load(ICSR) >> clear_bit & 1


def test_set_wins_when_set_and_clear_are_written_together():
    bench = Bench()
    bench.store(ICSR, 0xF << 25)
    assert bench.pending(14)
    assert bench.pending(15)


def test_row_16_vectactive_is_the_exception_being_handled():
    bench = Bench()
    assert bench.load(ICSR) & VECTACTIVE == 0
    bench.ipsr = 0x105
    assert bench.load(ICSR) & VECTACTIVE == 0x105


def vectpending(bench: Bench) -> int:
    return (bench.load(ICSR) & VECTPENDING) >> 12


def test_row_16_vectpending_is_the_most_urgent_pending_and_enabled_exception():
    bench = Bench()
    assert vectpending(bench) == 0
    bench.exceptions.pend(16 + 3)
    assert vectpending(bench) == 0
    bench.exceptions.set_enabled(16 + 3, True)
    assert vectpending(bench) == 19
    bench.exceptions.set_priority(16 + 3, 0x40)
    bench.exceptions.pend(14)
    assert vectpending(bench) == 14
    bench.exceptions.pend(2)
    assert vectpending(bench) == 2


def test_vectpending_counts_basepri_and_faultmask_in():
    bench = Bench()
    bench.store(SHPR3, 0x0080_0000)
    bench.exceptions.pend(14)
    bench.masks = Masks(faultmask=0, basepri=0x82)
    assert vectpending(bench) == 14
    bench.masks = Masks(faultmask=0, basepri=0x80)
    assert vectpending(bench) == 0
    bench.masks = Masks(faultmask=1, basepri=0)
    assert vectpending(bench) == 0
    bench.exceptions.pend(2)
    assert vectpending(bench) == 2


def test_vectpending_compares_group_priorities_with_basepri():
    bench = Bench()
    bench.store(AIRCR, KEY | 6 << 8)
    bench.store(SHPR3, 0x0090_0000)
    bench.exceptions.pend(14)
    bench.masks = Masks(faultmask=0, basepri=0xA0)
    assert vectpending(bench) == 0


def test_row_16_rettobase_says_that_no_other_exception_is_active():
    bench = Bench()
    bench.ipsr, bench.exceptions.active = 14, 1 << 14
    assert bench.load(ICSR) & RETTOBASE
    bench.exceptions.active |= 1 << 20
    assert not bench.load(ICSR) & RETTOBASE


def test_row_16_isrpending_is_about_external_interrupts_enabled_or_not():
    bench = Bench()
    for exception in (2, 14, 15):
        bench.exceptions.pend(exception)
    assert not bench.load(ICSR) & ISRPENDING
    bench.exceptions.pend(16)
    assert bench.load(ICSR) & ISRPENDING


# -- VTOR, AIRCR, SCR, CCR -----------------------------------------------------------------------------------------


def test_vtor_keeps_a_table_aligned_to_128_bytes():
    bench = Bench()
    bench.store(VTOR, 0xFFFF_FFFF)
    assert bench.load(VTOR) == bench.scs.vtor == 0xFFFF_FF80


def test_vtor_is_where_the_board_has_its_table_after_a_reset():
    bench = Bench(vtor_reset=0x0800_0000)
    bench.store(VTOR, 0x2000_0000)
    bench.scs.reset()
    assert bench.scs.vtor == 0x0800_0000


def test_row_27_aircr_takes_a_store_with_the_key_and_shows_another_one():
    bench = Bench()
    bench.store(AIRCR, KEY | 5 << 8)
    assert bench.load(AIRCR) == 0xFA05_0500
    assert bench.exceptions.prigroup == 5


@pytest.mark.parametrize("key", [0x0000, 0xFA05, 0x05FB, 0xFFFF])
def test_row_27_aircr_ignores_a_store_with_a_wrong_key(key):
    bench = Bench()
    bench.store(AIRCR, key << 16 | 7 << 8 | 5)
    assert bench.load(AIRCR) == 0xFA05_0000
    assert bench.log == []


@pytest.mark.parametrize(("bits", "kind"), [(4, "SYSRESETREQ"), (1, "VECTRESET"), (5, "SYSRESETREQ")])
def test_row_27_aircr_asks_the_machine_for_a_reset(bits, kind):
    bench = Bench()
    bench.store(AIRCR, KEY | bits)
    assert [entry for entry in bench.log if entry != "state"] == [kind]
    assert bench.load(AIRCR) == 0xFA05_0000


def test_vectclractive_is_ignored_outside_debug_state():
    bench = Bench()
    bench.exceptions.active = 1 << 14
    bench.store(AIRCR, KEY | 2)
    assert bench.exceptions.active == 1 << 14


def test_scr_has_three_bits():
    bench = Bench()
    bench.store(SCR, 0xFFFF_FFFF)
    assert bench.load(SCR) == bench.scs.scr == 0b1_0110


@pytest.mark.parametrize(
    ("config", "reset", "ones", "zeros"),
    [
        (CORTEX_M3, 0x200, 0x31B, 0x000),
        (CORTEX_M4F, 0x200, 0x31B, 0x000),
        (CORTEX_M7, 0x4_0200, 0x7_031B, 0x4_0200),
    ],
)
def test_ccr_has_the_bits_of_its_core(config, reset, ones, zeros):
    bench = Bench(config)
    assert bench.load(CCR) == reset
    bench.store(CCR, 0xFFFF_FFFF)
    assert bench.load(CCR) == bench.scs.ccr == ones
    bench.store(CCR, 0)
    assert bench.load(CCR) == zeros
    assert bench.log == ["configuration"] * 2


@pytest.mark.parametrize(("config", "writable"), [(CORTEX_M3, 0x7), (CORTEX_M4F, 0x307), (CORTEX_M7, 0x1FFF_FC04)])
def test_actlr_keeps_the_bits_of_its_core(config, writable):
    bench = Bench(config)
    bench.store(ACTLR, 0xFFFF_FFFF)
    assert bench.load(ACTLR) == writable


# -- system handlers -----------------------------------------------------------------------------------------------


def test_row_29_each_byte_of_shpr_is_the_priority_of_one_system_handler():
    bench = Bench()
    for offset in range(12):
        bench.store(SHPR1 + offset, 0x10 + offset, size=1)
    priorities = bench.exceptions.priorities
    implemented = {4: 0x10, 5: 0x11, 6: 0x12, 11: 0x17, 12: 0x18, 14: 0x1A, 15: 0x1B}
    assert {number: priorities[number] for number in implemented} == implemented
    assert [bench.load(register) for register in (SHPR1, SHPR2, SHPR3)] == [0x0012_1110, 0x1700_0000, 0x1B1A_0018]


def test_writing_shpr_leaves_reset_nmi_and_hardfault_where_they_are():
    bench = Bench()
    for register in (SHPR1, SHPR2, SHPR3):
        bench.store(register, 0xFFFF_FFFF)
    assert bench.exceptions.priorities[1:4] == [-3, -2, -1]
    assert [bench.exceptions.priorities[number] for number in (0, 7, 8, 9, 10, 13)] == [0] * 6


SHCSR_BITS = [
    *(("active", bit, exception) for bit, exception in ((0, 4), (1, 5), (3, 6), (7, 11), (8, 12), (10, 14), (11, 15))),
    *(("pending", bit, exception) for bit, exception in ((12, 6), (13, 4), (14, 5), (15, 11))),
    *(("enabled", bit, exception) for bit, exception in ((16, 4), (17, 5), (18, 6))),
]


def state_bit(exceptions: Exceptions, name: str, exception: int) -> int:
    return getattr(exceptions, name) >> exception & 1


@pytest.mark.parametrize(("name", "bit", "exception"), SHCSR_BITS)
def test_each_bit_of_shcsr_is_one_bit_of_the_exception_state(name, bit, exception):
    bench = Bench()
    bench.store(SHCSR, 1 << bit)
    assert state_bit(bench.exceptions, name, exception) == 1
    assert bench.load(SHCSR) == 1 << bit
    bench.store(SHCSR, 0)
    assert state_bit(bench.exceptions, name, exception) == 0


def test_shcsr_leaves_the_exceptions_it_does_not_show_alone():
    bench = Bench()
    bench.exceptions.pend(14)
    bench.exceptions.active = 1 << 3 | 1 << 20
    enabled = bench.exceptions.enabled
    bench.store(SHCSR, 0xFFFF_FFFF)
    bench.store(SHCSR, 0)
    assert bench.exceptions.pending == 1 << 14
    assert bench.exceptions.active == 1 << 3 | 1 << 20
    assert bench.exceptions.enabled == enabled


@pytest.mark.parametrize(
    ("register", "value"), [(ICSR, 1 << 28), (AIRCR, KEY), (SHPR1, 1), (SHPR2, 1), (SHPR3, 1), (SHCSR, 1)]
)
def test_whatever_may_change_the_next_exception_is_told_to_the_machine(register, value):
    bench = Bench()
    bench.store(register, value)
    assert bench.log == ["state"]


# -- fault status --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("register", "name"), [(CFSR, "CFSR"), (HFSR, "HFSR"), (DFSR, "DFSR"), (AFSR, "AFSR")])
def test_row_22_a_status_bit_stays_until_a_one_is_written_to_it(register, name):
    bench = Bench()
    implemented = {"CFSR": 0x030F_BFBB, "HFSR": 0xC000_0002, "DFSR": 0x1F, "AFSR": 0xFFFF_FFFF}[name]
    setattr(bench.faults, name, implemented)
    bench.store(register, 0)
    assert bench.load(register) == implemented
    low = implemented & -implemented
    bench.store(register, low)
    assert bench.load(register) == implemented & ~low
    bench.store(register, 0xFFFF_FFFF)
    assert bench.load(register) == getattr(bench.faults, name) == 0


def test_row_22_writing_ones_to_clear_status_bits_never_sets_any():
    bench = Bench()
    for register in (CFSR, HFSR, DFSR, AFSR):
        bench.store(register, 0xFFFF_FFFF)
        assert bench.load(register) == 0


@pytest.mark.parametrize(("offset", "size", "left"), [(0, 1, 0x0202_8200), (1, 1, 0x0202_0082), (2, 2, 0x0000_8282)])
def test_row_22_mmfsr_bfsr_and_ufsr_are_cleared_each_by_itself(offset, size, left):
    bench = Bench()
    bench.faults.CFSR = 0x0202_8282
    assert bench.load(CFSR + offset, size) == 0x0202_8282 >> 8 * offset & (1 << 8 * size) - 1
    bench.store(CFSR + offset, 0xFFFF, size)
    assert bench.load(CFSR) == left


@pytest.mark.parametrize(("register", "name"), [(MMFAR, "MMFAR"), (BFAR, "BFAR")])
def test_fault_address_registers_can_be_written(register, name):
    bench = Bench()
    bench.store(register, 0xDEAD_BEEF)
    assert bench.load(register) == getattr(bench.faults, name) == 0xDEAD_BEEF


def test_a_system_reset_clears_the_fault_status_but_dfsr():
    bench = Bench()
    for name in ("CFSR", "HFSR", "DFSR", "AFSR", "MMFAR", "BFAR"):
        setattr(bench.faults, name, 2)
    bench.scs.reset()
    assert [bench.load(register) for register in (CFSR, HFSR, DFSR, MMFAR, BFAR, AFSR)] == [0, 0, 2, 0, 0, 0]


# -- the FP extension ----------------------------------------------------------------------------------------------


def test_row_3_the_fpu_is_off_after_reset():
    bench = Bench(CORTEX_M4F)
    assert bench.load(CPACR) == bench.scs.cpacr == 0
    assert not bench.scs.fpu.accessible(privileged=True)


@pytest.mark.parametrize(
    ("access", "privileged", "unprivileged"),
    [(0b00, False, False), (0b01, True, False), (0b10, False, False), (0b11, True, True)],
)
def test_row_3_cpacr_gives_access_by_privilege(access, privileged, unprivileged):
    bench = Bench(CORTEX_M4F)
    bench.store(CPACR, access * 0b101 << 20)
    assert bench.scs.fpu.accessible(privileged=True) is privileged
    assert bench.scs.fpu.accessible(privileged=False) is unprivileged


def test_cpacr_has_two_coprocessors():
    bench = Bench(CORTEX_M4F)
    bench.store(CPACR, 0xFFFF_FFFF)
    assert bench.load(CPACR) == 0x00F0_0000
    assert bench.log == ["configuration"]


def test_row_23_the_fp_context_registers_keep_their_implemented_bits():
    bench = Bench(CORTEX_M4F)
    expected = {FPCCR: 0xC000_017B, FPCAR: 0xFFFF_FFF8, FPDSCR: 0x07C0_0000}
    for register, kept in expected.items():
        bench.store(register, 0xFFFF_FFFF)
        assert bench.load(register) == kept
    assert (bench.scs.fpccr, bench.scs.fpcar, bench.scs.fpdscr) == tuple(expected.values())


@pytest.mark.parametrize("config", [CORTEX_M3, CORTEX_M4])
def test_row_3_without_an_fpu_its_registers_read_as_zero_and_ignore_writes(config):
    bench = Bench(config)
    for register in (CPACR, FPCCR, FPCAR, FPDSCR, 0xE000_EF40, 0xE000_EF44, 0xE000_EF48):
        bench.store(register, 0xFFFF_FFFF)
        assert bench.load(register) == 0
    assert not bench.scs.fpu.accessible(privileged=True)


def test_what_exception_handling_writes_is_what_software_reads():
    bench = Bench(CORTEX_M4F)
    bench.scs.fpccr |= 1
    bench.scs.fpcar = 0x2000_0040
    assert bench.load(FPCCR) == 0xC000_0001
    assert bench.load(FPCAR) == 0x2000_0040


# -- identification ------------------------------------------------------------------------------------------------


def test_a_part_number_nobody_knows_gets_the_nearest_core():
    unknown = CORTEX_M3.__class__("other", cpuid=0x410F_D210, has_fpu=True)
    assert Bench(unknown).load(CPUID) == 0x410F_D210
    assert Bench(unknown).load(0xE000_EF40) == 0x1011_0021


def test_csselr_chooses_which_cache_ccsidr_describes():
    bench = Bench(CORTEX_M7)
    data = bench.load(0xE000_ED80)
    bench.store(0xE000_ED84, 0xFFFF_FFF1)
    assert bench.load(0xE000_ED84) == 1
    instruction = bench.load(0xE000_ED80)
    assert [1 + (word >> 13 & 0x7FFF) for word in (data, instruction)] == [32, 64]
    bench.store(0xE000_ED84, 2)
    assert bench.load(0xE000_ED80) == 0
