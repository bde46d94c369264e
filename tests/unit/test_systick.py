import pytest
from support.control_space import Bench

from emulator.armv7m.systick import SysTickClocks, advance

CSR, RVR, CVR, CALIB, ICSR = 0xE000_E010, 0xE000_E014, 0xE000_E018, 0xE000_E01C, 0xE000_ED04
ENABLE, TICKINT, CLKSOURCE, COUNTFLAG = 1, 2, 4, 1 << 16
SYSTICK = 15
RUN = ENABLE | TICKINT | CLKSOURCE


def started(reload: int, control: int = RUN, clocks: SysTickClocks = SysTickClocks()) -> Bench:  # noqa: B008 - frozen
    bench = Bench(systick=clocks)
    bench.store(RVR, reload)
    bench.store(CVR, 0)
    bench.store(CSR, control)
    return bench


def step_by_step(value: int, reload: int, ticks: int) -> tuple[int, int]:
    """The counter as the manual tells it, one clock at a time."""
    zeros = 0
    for _ in range(ticks):
        if value == 0:
            value = reload
        else:
            value -= 1
            zeros += value == 0
    return zeros, value


def test_advancing_is_the_same_as_counting_clock_by_clock():
    for reload in (0, 1, 2, 3, 7):
        for value in range(9):
            for ticks in range(30):
                assert advance(value, reload, ticks) == step_by_step(value, reload, ticks), (value, reload, ticks)


def test_the_counter_reloads_on_the_first_clock_after_it_is_enabled_and_then_counts_down():
    bench = started(reload=5)
    assert bench.load(CVR) == 0
    seen = []
    for _ in range(8):
        bench.clock.pass_by(1)
        seen.append(bench.load(CVR))
    assert seen == [5, 4, 3, 2, 1, 0, 5, 4]


def test_the_exception_pends_exactly_when_the_counter_reaches_zero():
    bench = started(reload=99)
    bench.clock.pass_by(99)
    assert not bench.pending(SYSTICK)
    bench.clock.pass_by(1)
    assert bench.pending(SYSTICK)


def test_the_period_is_the_reload_value_plus_one():
    bench = started(reload=99)
    times = []
    for _ in range(350):
        bench.clock.pass_by(1)
        if bench.pending(SYSTICK):
            times.append(bench.clock.now)
            bench.exceptions.unpend(SYSTICK)
    assert times == [100, 200, 300]


def test_enabling_without_tickint_counts_and_never_pends():
    bench = started(reload=9, control=ENABLE | CLKSOURCE)
    bench.clock.pass_by(25)
    assert bench.load(CSR) == ENABLE | CLKSOURCE | COUNTFLAG
    assert not bench.pending(SYSTICK)
    assert bench.clock.next_time() == 1 << 63


def test_a_disabled_counter_asks_for_no_call():
    bench = started(reload=9, control=TICKINT | CLKSOURCE)
    assert bench.clock.next_time() == 1 << 63


def test_row_28_countflag_clears_when_the_control_register_is_read():
    bench = started(reload=9)
    bench.clock.pass_by(10)
    assert bench.load(CSR) == RUN | COUNTFLAG
    assert bench.load(CSR) == RUN
    bench.clock.pass_by(10)
    assert bench.load(CSR) & COUNTFLAG


def test_countflag_is_set_in_the_middle_of_a_block_before_the_timer_is_called():
    bench = started(reload=9)
    bench.clock.jump(10)
    assert bench.load(CSR) & COUNTFLAG
    assert bench.pending(SYSTICK)


def test_a_tick_is_not_pended_twice_when_the_timer_is_called_late():
    bench = started(reload=9)
    bench.clock.jump(12)
    bench.load(CSR)
    bench.exceptions.unpend(SYSTICK)
    bench.clock.run_due()
    assert not bench.pending(SYSTICK)
    bench.clock.pass_by(8)
    assert bench.pending(SYSTICK)


def test_a_debugger_that_peeks_leaves_countflag_alone():
    bench = started(reload=9)
    bench.clock.jump(10)
    assert bench.scs.peek(CSR, 4) == RUN | COUNTFLAG
    assert bench.scs.peek(CVR, 4) == 0
    assert not bench.pending(SYSTICK)
    assert bench.load(CSR) == RUN | COUNTFLAG


def test_a_debugger_sees_a_stopped_counter_stand_still():
    bench = started(reload=9)
    bench.clock.pass_by(4)
    bench.store(CSR, CLKSOURCE)
    bench.clock.jump(100)
    assert bench.scs.peek(CVR, 4) == 6
    assert bench.scs.peek(CSR, 4) == CLKSOURCE


@pytest.mark.parametrize("value", [0, 1, 0xFFFF_FFFF])
def test_row_28_any_write_to_the_current_value_clears_it_and_countflag_but_pends_nothing(value):
    bench = started(reload=9, control=ENABLE | CLKSOURCE)
    bench.clock.pass_by(14)
    assert bench.load(CVR) == 6
    bench.store(CVR, value)
    assert bench.load(CVR) == 0
    assert bench.load(CSR) == ENABLE | CLKSOURCE
    assert not bench.pending(SYSTICK)
    bench.clock.pass_by(1)
    assert bench.load(CVR) == 9


def test_writing_the_current_value_starts_a_new_period():
    bench = started(reload=9)
    bench.clock.pass_by(7)
    bench.store(CVR, 0)
    bench.clock.pass_by(9)
    assert not bench.pending(SYSTICK)
    bench.clock.pass_by(1)
    assert bench.pending(SYSTICK)


def test_row_28_a_reload_value_of_zero_stops_the_counter_at_its_next_wrap():
    bench = started(reload=9)
    bench.clock.pass_by(5)
    bench.store(RVR, 0)
    bench.clock.pass_by(5)
    assert bench.pending(SYSTICK)
    bench.exceptions.unpend(SYSTICK)
    bench.load(CSR)
    bench.clock.pass_by(1000)
    assert bench.load(CVR) == 0
    assert bench.load(CSR) == RUN
    assert not bench.pending(SYSTICK)


def test_a_counter_that_stopped_for_want_of_a_reload_value_goes_on_when_it_gets_one():
    bench = started(reload=0)
    bench.clock.pass_by(50)
    bench.store(RVR, 3)
    bench.clock.pass_by(1)
    assert bench.load(CVR) == 3
    bench.clock.pass_by(3)
    assert bench.pending(SYSTICK)


def test_a_new_reload_value_counts_from_the_next_reload():
    bench = started(reload=9)
    bench.clock.pass_by(4)
    bench.store(RVR, 2)
    assert bench.load(CVR) == 6
    bench.clock.pass_by(5)
    assert not bench.pending(SYSTICK)
    bench.clock.pass_by(1)
    assert bench.pending(SYSTICK)
    bench.exceptions.unpend(SYSTICK)
    bench.clock.pass_by(3)
    assert bench.pending(SYSTICK)


def test_disabling_holds_the_value_and_enabling_goes_on_from_it():
    bench = started(reload=9)
    bench.clock.pass_by(4)
    bench.store(CSR, CLKSOURCE)
    bench.clock.pass_by(100)
    assert bench.load(CVR) == 6
    bench.store(CSR, RUN)
    bench.clock.pass_by(5)
    assert bench.load(CVR) == 1
    assert not bench.pending(SYSTICK)
    bench.clock.pass_by(1)
    assert bench.pending(SYSTICK)


def test_a_tick_before_tickint_is_set_does_not_pend_afterwards():
    bench = started(reload=9, control=ENABLE | CLKSOURCE)
    bench.clock.jump(10)
    bench.store(CSR, RUN)
    assert not bench.pending(SYSTICK)
    assert bench.load(CSR) & COUNTFLAG


def test_a_tick_before_tickint_is_cleared_pends():
    bench = started(reload=9)
    bench.clock.jump(10)
    bench.store(CSR, ENABLE | CLKSOURCE)
    assert bench.pending(SYSTICK)


def test_clearing_the_pending_bit_in_icsr_clears_a_tick_that_has_just_happened():
    bench = started(reload=9)
    bench.clock.jump(10)
    bench.store(ICSR, 1 << 25)
    bench.clock.run_due()
    assert not bench.pending(SYSTICK)


def test_icsr_shows_a_tick_that_has_just_happened():
    bench = started(reload=9)
    bench.clock.jump(10)
    assert bench.load(ICSR) >> 26 & 1


def test_a_period_of_two_cycles_does_not_hang_the_clock():
    bench = started(reload=1)
    bench.clock.pass_by(10_000)
    assert bench.pending(SYSTICK)
    assert bench.clock.next_time() == 10_002


def test_the_largest_reload_value_is_24_bits():
    bench = started(reload=0xFFFF_FFFF)
    assert bench.load(RVR) == 0x00FF_FFFF
    bench.clock.pass_by(1 << 24)
    assert bench.pending(SYSTICK)


def test_without_a_reference_clock_the_processor_clock_is_always_selected():
    bench = Bench()
    assert bench.load(CSR) == CLKSOURCE
    bench.store(CSR, 0)
    assert bench.load(CSR) == CLKSOURCE
    assert bench.load(CALIB) == 1 << 31


def test_the_calibration_register_shows_what_the_board_says_and_ignores_writes():
    bench = Bench(systick=SysTickClocks(reference_divider=25, tenms=9999, skew=True))
    assert bench.load(CALIB) == 1 << 30 | 9999
    bench.store(CALIB, 0)
    assert bench.load(CALIB) == 1 << 30 | 9999


def test_the_reference_clock_ticks_once_in_so_many_processor_clocks():
    bench = started(reload=3, control=ENABLE | TICKINT, clocks=SysTickClocks(reference_divider=25))
    bench.clock.pass_by(24)
    assert bench.load(CVR) == 0
    bench.clock.pass_by(1)
    assert bench.load(CVR) == 3
    bench.clock.pass_by(74)
    assert not bench.pending(SYSTICK)
    bench.clock.pass_by(1)
    assert bench.pending(SYSTICK)


def test_changing_the_clock_keeps_the_value():
    bench = started(reload=9, clocks=SysTickClocks(reference_divider=10))
    bench.clock.pass_by(4)
    bench.store(CSR, ENABLE | TICKINT)
    assert bench.load(CVR) == 6
    bench.clock.pass_by(6)
    assert bench.load(CVR) == 5
    bench.clock.pass_by(50)
    assert bench.pending(SYSTICK)


def test_reserved_bits_of_the_control_register_read_as_zero():
    bench = Bench(systick=SysTickClocks(reference_divider=1))
    bench.store(CSR, 0xFFFF_FFF8)
    assert bench.load(CSR) == 0


def test_a_reset_stops_the_counter_and_forgets_its_timer():
    bench = started(reload=9)
    bench.clock.pass_by(15)
    bench.scs.reset()
    assert (bench.load(CSR), bench.load(RVR), bench.load(CVR)) == (CLKSOURCE, 0, 0)
    bench.clock.pass_by(100)
    assert not bench.pending(SYSTICK)


@pytest.mark.parametrize("arguments", [{"reference_divider": -1}, {"tenms": 1 << 24}])
def test_a_board_cannot_connect_what_the_registers_cannot_show(arguments):
    with pytest.raises(ValueError, match="must"):
        SysTickClocks(**arguments)
