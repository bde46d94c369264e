import pytest
from support.control_space import Bench

from emulator.armv7m.core import CoreConfig
from emulator.armv7m.exceptions import Exceptions

ICTR, STIR = 0xE000_E004, 0xE000_EF00
ISER, ICER, ISPR, ICPR, IABR, IPR = (0xE000_E000 + offset for offset in (0x100, 0x180, 0x200, 0x280, 0x300, 0x400))
SCR = 0xE000_ED10


def part(irqs: int, priority_bits: int = 8) -> Bench:
    return Bench(CoreConfig("part", cpuid=0x410F_C241, has_fpu=False, irq_count=irqs, priority_bits=priority_bits))


def test_set_and_clear_enable_are_two_views_of_one_set():
    bench = part(32)
    bench.store(ISER, 0b1101)
    bench.store(ICER, 0b0100)
    assert bench.load(ISER) == bench.load(ICER) == 0b1001
    assert [bench.exceptions.is_enabled(16 + irq) for irq in range(4)] == [True, False, False, True]


def test_writing_zeros_to_set_and_clear_registers_changes_nothing():
    bench = part(32)
    bench.store(ISER, 0xFF)
    bench.store(ISPR, 0xFF)
    for register in (ISER, ICER, ISPR, ICPR):
        bench.store(register, 0)
    assert bench.load(ISER) == 0xFF
    assert bench.load(ISPR) == 0xFF


def test_set_and_clear_pending_are_two_views_of_one_set():
    bench = part(64)
    bench.store(ISPR + 4, 0x8000_0001)
    assert bench.load(ISPR + 4) == bench.load(ICPR + 4) == 0x8000_0001
    assert bench.pending(16 + 32)
    assert bench.pending(16 + 63)
    bench.store(ICPR + 4, 1)
    assert bench.load(ISPR + 4) == 0x8000_0000


def test_the_active_register_shows_handlers_that_run_and_ignores_writes():
    bench = part(32)
    bench.exceptions.active = 1 << 16 + 5 | 1 << 14
    bench.store(IABR, 0xFFFF_FFFF)
    assert bench.load(IABR) == 1 << 5
    bench.store(IABR, 0)
    assert bench.load(IABR) == 1 << 5


def test_the_priority_register_holds_four_interrupts_lowest_number_in_the_low_byte():
    bench = part(32)
    bench.store(IPR + 4, 0x4030_2010)
    assert [bench.exceptions.priorities[16 + irq] for irq in range(4, 8)] == [0x10, 0x20, 0x30, 0x40]
    assert bench.load(IPR + 4) == 0x4030_2010


@pytest.mark.parametrize(("bits", "kept"), [(3, 0xE0E0_E0E0), (4, 0xF0F0_F0F0), (8, 0xFFFF_FFFF)])
def test_row_27_priorities_have_the_number_of_bits_of_the_board(bits, kept):
    bench = part(32, priority_bits=bits)
    bench.store(IPR, 0xFFFF_FFFF)
    assert bench.load(IPR) == kept


def test_one_byte_of_a_priority_register_can_be_written_alone():
    bench = part(32)
    bench.store(IPR, 0x4030_2010)
    bench.store(IPR + 2, 0x77, size=1)
    assert bench.load(IPR) == 0x4077_2010
    assert bench.load(IPR + 2, size=1) == 0x77
    bench.store(IPR, 0xBEEF, size=2)
    assert bench.load(IPR) == 0x4077_BEEF
    assert bench.load(IPR + 2, size=2) == 0x4077


def test_a_byte_of_a_set_or_clear_register_leaves_the_other_bytes_alone():
    bench = part(32)
    bench.store(ISER + 1, 0x81, size=1)
    bench.store(ISER + 2, 0x0101, size=2)
    assert bench.load(ISER) == 0x0101_8100
    bench.store(ICER + 1, 0x80, size=1)
    assert bench.load(ISER) == 0x0101_0100
    assert bench.load(ISER + 3, size=1) == 1
    bench.store(ISPR, 0xFFFF_FFFF)
    bench.store(ICPR + 3, 0x0F, size=1)
    assert bench.load(ICPR) == 0xF0FF_FFFF


@pytest.mark.parametrize(
    ("irqs", "lines"), [(0, 0), (1, 0), (32, 0), (33, 1), (64, 1), (65, 2), (224, 6), (225, 7), (240, 7)]
)
def test_ictr_tells_the_number_of_interrupts_in_groups_of_32(irqs, lines):
    assert part(irqs).load(ICTR) == lines


def test_all_240_interrupts_have_their_bits():
    bench = part(240)
    for word in range(8):
        bench.store(ISER + 4 * word, 0xFFFF_FFFF)
        bench.store(ISPR + 4 * word, 0xFFFF_FFFF)
    last = 0x0000_FFFF
    assert [bench.load(ISER + 4 * word) for word in range(9)] == [0xFFFF_FFFF] * 7 + [last, 0]
    assert [bench.load(ICPR + 4 * word) for word in range(9)] == [0xFFFF_FFFF] * 7 + [last, 0]
    bench.store(IPR + 0xEC, 0xFFFF_FFFF)
    bench.store(IPR + 0xF0, 0xFFFF_FFFF)
    assert bench.load(IPR + 0xEC) == 0xFFFF_FFFF
    assert bench.load(IPR + 0xF0) == 0


def test_row_33_interrupts_that_the_part_lacks_read_as_zero_and_ignore_writes():
    bench = part(6)
    for register in (ISER, ISPR, IPR, IPR + 4, IPR + 8):
        bench.store(register, 0xFFFF_FFFF)
    assert bench.load(ISER) == 0b11_1111
    assert bench.load(ISPR) == 0b11_1111
    assert bench.load(IPR + 4) == 0x0000_FFFF
    assert bench.load(IPR + 8) == 0
    bench.store(IPR + 6, 0xFF, size=1)
    assert bench.load(IPR + 6, size=1) == 0


def test_stir_pends_the_interrupt_it_names():
    bench = part(40)
    bench.store(STIR, 39)
    assert bench.pending(16 + 39)
    assert bench.load(STIR) == 0


def test_stir_ignores_interrupts_that_the_part_lacks():
    bench = part(40)
    bench.store(STIR, 40)
    bench.store(STIR, 0x1FF)
    assert bench.exceptions.pending == 0


def test_stir_takes_nine_bits_of_what_is_written():
    bench = part(40)
    bench.store(STIR, 0xFFFF_FE07)
    assert bench.exceptions.pending == 1 << 16 + 7


# -- lines ---------------------------------------------------------------------------------------------------------


def test_a_rising_line_pends_and_a_steady_one_does_not_pend_again():
    bench = part(8)
    bench.scs.nvic.set_line(3, True)
    assert bench.pending(19)
    bench.exceptions.unpend(19)
    bench.scs.nvic.set_line(3, True)
    assert not bench.pending(19)


def test_what_a_line_pended_stays_pending_when_the_line_falls():
    bench = part(8)
    bench.scs.nvic.set_line(3, True)
    bench.scs.nvic.set_line(3, False)
    assert bench.pending(19)


def run_handler(exceptions: Exceptions, exception: int) -> None:
    exceptions.unpend(exception)
    exceptions.active |= 1 << exception


def test_a_line_still_high_at_the_end_of_its_handler_pends_again():
    bench = part(8)
    bench.scs.nvic.set_line(3, True)
    run_handler(bench.exceptions, 19)
    assert not bench.pending(19)
    bench.exceptions.deactivate(19)
    assert bench.pending(19)
    assert not bench.exceptions.is_active(19)


def test_a_line_that_its_handler_brought_down_does_not_pend_again():
    bench = part(8)
    bench.scs.nvic.set_line(3, True)
    run_handler(bench.exceptions, 19)
    bench.scs.nvic.set_line(3, False)
    bench.exceptions.deactivate(19)
    assert not bench.pending(19)


def test_a_line_that_rises_while_its_handler_runs_pends_at_once():
    bench = part(8)
    bench.scs.nvic.set_line(3, True)
    run_handler(bench.exceptions, 19)
    bench.scs.nvic.set_line(3, False)
    bench.scs.nvic.set_line(3, True)
    assert bench.pending(19)


def test_software_cannot_clear_the_pending_state_of_a_line_that_is_high():
    bench = part(8)
    bench.scs.nvic.set_line(3, True)
    bench.store(ISPR, 1 << 4)
    bench.store(ICPR, 0xFF)
    assert bench.load(ICPR) == 1 << 3
    bench.scs.nvic.set_line(3, False)
    bench.store(ICPR, 0xFF)
    assert bench.load(ICPR) == 0


def test_a_reset_takes_every_line_for_low():
    bench = part(8)
    bench.scs.nvic.set_line(3, True)
    bench.scs.reset()
    assert bench.exceptions.pending == 0
    bench.exceptions.deactivate(19)
    assert not bench.pending(19)


@pytest.mark.parametrize("irq", [-1, 8, 240])
def test_a_line_that_does_not_exist_is_refused(irq):
    with pytest.raises(ValueError, match=r"irq must be 0\.\.7"):
        part(8).scs.nvic.set_line(irq, True)


# -- events --------------------------------------------------------------------------------------------------------


def test_row_24_sevonpend_makes_a_disabled_interrupt_that_pends_a_wake_up_event():
    bench = part(8)
    bench.scs.nvic.set_line(0, True)
    assert "event" not in bench.log
    bench.store(SCR, 1 << 4)
    bench.scs.nvic.set_line(1, True)
    assert bench.log.count("event") == 1


def test_row_24_sevonpend_counts_only_inactive_exceptions_that_become_pending():
    bench = part(8)
    bench.store(SCR, 1 << 4)
    bench.exceptions.pend(14)
    bench.exceptions.pend(14)
    assert bench.log.count("event") == 1
    run_handler(bench.exceptions, 14)
    bench.exceptions.pend(14)
    assert bench.log.count("event") == 1


def test_whatever_may_change_the_next_exception_is_told_to_the_machine():
    bench = part(8)
    bench.exceptions.on_pend = lambda: bench.log.append("pend")
    for register in (ISER, ICER, ISPR, ICPR, IPR, STIR):
        bench.log.clear()
        bench.store(register, 1)
        assert "state" in bench.log, hex(register)
        assert "pend" in bench.log, hex(register)
