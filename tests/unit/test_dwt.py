import pytest
from support.control_space import Bench

DEMCR, CTRL, CYCCNT = 0xE000_EDFC, 0xE000_1000, 0xE000_1004
TRCENA = 1 << 24
COUNTERS = range(0xE000_1008, 0xE000_101C, 4)


def counting() -> Bench:
    bench = Bench()
    bench.store(DEMCR, TRCENA)
    bench.store(CTRL, 1)
    return bench


def test_row_28_cyccnt_counts_virtual_cycles():
    bench = counting()
    bench.clock.jump(1000)
    assert bench.load(CYCCNT) == 1000
    bench.clock.jump(1)
    assert bench.load(CYCCNT) == 1001


def test_row_28_cyccnt_wraps_after_32_bits():
    bench = counting()
    bench.store(CYCCNT, 0xFFFF_FFF0)
    bench.clock.jump(0x20)
    assert bench.load(CYCCNT) == 0x10


def test_writing_cyccnt_counts_on_from_there():
    bench = counting()
    bench.clock.jump(500)
    bench.store(CYCCNT, 0)
    bench.clock.jump(7)
    assert bench.load(CYCCNT) == 7


@pytest.mark.parametrize(("demcr", "ctrl"), [(0, 1), (TRCENA, 0), (0, 0)])
def test_cyccnt_needs_both_trcena_and_cyccntena(demcr, ctrl):
    bench = Bench()
    bench.store(DEMCR, demcr)
    bench.store(CTRL, ctrl)
    bench.clock.jump(100)
    assert bench.load(CYCCNT) == 0


@pytest.mark.parametrize(("register", "stop", "go"), [(CTRL, 0, 1), (DEMCR, 0, TRCENA)])
def test_cyccnt_holds_while_it_is_stopped(register, stop, go):
    bench = counting()
    bench.clock.jump(10)
    bench.store(register, stop)
    bench.clock.jump(90)
    assert bench.load(CYCCNT) == 10
    bench.store(register, go)
    bench.clock.jump(5)
    assert bench.load(CYCCNT) == 15


def test_a_stopped_cyccnt_can_be_set():
    bench = counting()
    bench.store(CTRL, 0)
    bench.store(CYCCNT, 0x1234)
    bench.clock.jump(50)
    assert bench.load(CYCCNT) == 0x1234


def test_cyccnt_survives_a_system_reset():
    bench = counting()
    bench.clock.jump(10)
    bench.scs.reset()
    bench.clock.jump(10)
    assert bench.load(CYCCNT) == 20


def test_the_control_register_tells_four_comparators_and_keeps_its_bits():
    bench = Bench()
    assert bench.load(CTRL) == 0x4000_0000
    bench.store(CTRL, 0xFFFF_FFFF)
    assert bench.load(CTRL) == 0x407F_1FFF


@pytest.mark.parametrize("address", COUNTERS)
def test_the_profiling_counters_have_eight_bits_and_do_not_move(address):
    bench = counting()
    bench.store(CTRL, 0x003E_0001)
    bench.store(address, 0xFFFF_FF5A)
    bench.clock.jump(1000)
    assert bench.load(address) == 0x5A


@pytest.mark.parametrize("number", range(4))
def test_a_comparator_holds_what_is_written(number):
    bench = Bench()
    first = 0xE000_1020 + 16 * number
    for offset in range(0, 12, 4):
        bench.store(first + offset, 0xFFFF_FFFF)
    assert [bench.load(first + offset) for offset in range(0, 12, 4)] == [0xFFFF_FFFF, 0x1F, 0x000F_FDAF]


def test_there_is_no_fifth_comparator_and_no_program_counter_sample():
    bench = Bench()
    for address in (0xE000_1060, 0xE000_101C):
        bench.store(address, 0xFFFF_FFFF)
        assert bench.load(address) == 0
