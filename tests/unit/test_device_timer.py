"""Counters on virtual time: the countdown itself, CMSDK timer and dual timer, Stellaris timer module."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.cmsdk_dual_timer import CmsdkDualTimer
from emulator.devices.cmsdk_timer import CmsdkTimer
from emulator.devices.countdown import Countdown
from emulator.devices.stellaris_gptm import StellarisGptm


class Counted:
    """A countdown, and how often it expired."""

    def __init__(self) -> None:
        self.bench = DeviceBench()
        self.times: list[int] = []
        self.counter = Countdown(self.bench.clock, self.times.append)


def literal(value: int, limit: int, ticks: int, one_shot: bool) -> tuple[int, int]:
    """Count by hand: (how often it came to zero, value)."""
    zeros, stopped = 0, False
    for _ in range(ticks):
        if stopped:
            break
        if value:
            value -= 1
            zeros += value == 0
            stopped = one_shot and value == 0
        elif not one_shot:
            value = limit
    return zeros, value


@pytest.mark.parametrize("one_shot", [False, True])
@pytest.mark.parametrize(("value", "limit"), [(5, 3), (0, 3), (3, 0), (1, 1), (0, 0), (7, 7)])
def test_the_countdown_counts_like_counting_by_hand(value: int, limit: int, one_shot: bool) -> None:
    for divider in (1, 3):
        for ticks in range(20):
            counted = Counted()
            counted.counter.set_limit(limit)
            counted.counter.set_value(value)
            counted.counter.set_divider(divider)
            counted.counter.run(one_shot)
            counted.bench.advance(ticks * divider + divider - 1)
            zeros, left = literal(value, limit, ticks, one_shot)
            assert (counted.counter.value, sum(counted.times)) == (left, zeros), ticks


def test_looking_often_changes_nothing() -> None:
    often, once = Counted(), Counted()
    for counted in (often, once):
        counted.counter.set_limit(6)
        counted.counter.set_divider(4)
        counted.counter.run()
    for _ in range(97):
        often.bench.advance(1)
        often.counter.settle()
    once.bench.advance(97)
    assert often.counter.value == once.counter.value
    assert sum(often.times) == sum(once.times) == 3


def test_a_counter_that_nobody_watches_asks_for_no_call() -> None:
    counted = Counted()
    counted.counter.set_limit(10)
    counted.counter.run()
    assert counted.bench.clock.next_time() == 1 << 63
    counted.counter.set_alarmed(True)
    assert counted.bench.clock.next_time() == 11


# -- CMSDK timer ---------------------------------------------------------------------------------------------------

CTRL, VALUE, RELOAD, INTSTATUS = 0x00, 0x04, 0x08, 0x0C


def timer() -> tuple[DeviceBench, CmsdkTimer]:
    bench = DeviceBench()
    return bench, bench.make(CmsdkTimer)


def test_a_timer_raises_its_interrupt_every_reload_plus_one_clocks() -> None:
    bench, device = timer()
    put(device, RELOAD, 99)
    put(device, CTRL, 9)
    seen = []
    for time in range(1, 400):
        bench.advance(1)
        if bench.lines["interrupt"]:
            seen.append(time)
            put(device, INTSTATUS, 1)
    assert seen == [99, 199, 299, 399]


def test_a_timer_without_irqen_counts_and_raises_nothing() -> None:
    bench, device = timer()
    put(device, RELOAD, 99)
    put(device, CTRL, 1)
    bench.advance(1050)
    assert (word(device, VALUE), word(device, INTSTATUS), bench.lines["interrupt"]) == (50 - 1, 0, False)


def test_an_expiry_before_irqen_is_set_raises_nothing_afterwards() -> None:
    bench, device = timer()
    put(device, RELOAD, 99)
    put(device, CTRL, 1)
    bench.advance(150)
    put(device, CTRL, 9)
    assert word(device, INTSTATUS) == 0
    bench.advance(50)
    assert word(device, INTSTATUS) == 1


def test_writing_reload_restarts_the_count_and_writing_value_does_not_change_reload() -> None:
    bench, device = timer()
    put(device, RELOAD, 1000)
    put(device, CTRL, 1)
    bench.advance(100)
    assert word(device, VALUE) == 900
    put(device, VALUE, 50)
    bench.advance(10)
    assert (word(device, VALUE), word(device, RELOAD)) == (40, 1000)
    put(device, RELOAD, 500)
    assert word(device, VALUE) == 500


def test_a_stopped_timer_holds_its_value() -> None:
    bench, device = timer()
    put(device, RELOAD, 1000)
    put(device, CTRL, 1)
    bench.advance(10)
    put(device, CTRL, 0)
    bench.advance(10)
    assert word(device, VALUE) == 990
    put(device, CTRL, 1)
    bench.advance(10)
    assert word(device, VALUE) == 980


def test_with_no_reload_a_timer_expires_once() -> None:
    bench, device = timer()
    put(device, VALUE, 10)
    put(device, CTRL, 9)
    bench.advance(10)
    assert bench.lines["interrupt"]
    put(device, INTSTATUS, 1)
    bench.advance(1000)
    assert (bench.lines["interrupt"], word(device, VALUE)) == (False, 0)


def test_a_timer_is_as_after_power_up_after_a_reset() -> None:
    bench, device = timer()
    put(device, RELOAD, 10)
    put(device, CTRL, 9)
    bench.advance(100)
    device.reset()
    assert [word(device, offset) for offset in (CTRL, VALUE, RELOAD, INTSTATUS)] == [0, 0, 0, 0]
    assert not bench.lines["interrupt"]
    assert bench.clock.next_time() == 1 << 63


def test_a_timer_goes_on_from_a_snapshot() -> None:
    bench, device = timer()
    put(device, RELOAD, 99)
    put(device, CTRL, 9)
    bench.advance(60)
    state = device.save()
    other = DeviceBench()
    other.advance(60)
    copy = other.make(CmsdkTimer)
    copy.restore(state)
    assert word(copy, VALUE) == 39
    other.advance(38)
    assert not other.lines["interrupt"]
    other.advance(1)
    assert other.lines["interrupt"]


# -- CMSDK dual timer ----------------------------------------------------------------------------------------------

LOAD1, VALUE1, CONTROL1, INTCLR1, RIS1, MIS1, BGLOAD1 = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18
LOAD2, VALUE2, CONTROL2, RIS2 = 0x20, 0x24, 0x28, 0x30
ONE_SHOT, SIZE_32, DIVIDE_16, DIVIDE_256, INTEN, PERIODIC, ENABLE = 1, 2, 4, 8, 0x20, 0x40, 0x80


def dual() -> tuple[DeviceBench, CmsdkDualTimer]:
    bench = DeviceBench()
    return bench, bench.make(CmsdkDualTimer)


def test_dual_timer_reset_values() -> None:
    _, device = dual()
    for offset in (0, 0x20):
        values = [word(device, offset + o) for o in (LOAD1, VALUE1, CONTROL1, RIS1, MIS1, BGLOAD1)]
        assert values == [0, 0xFFFF_FFFF, 0x20, 0, 0, 0]


@pytest.mark.parametrize(("prescale", "divider"), [(0, 1), (DIVIDE_16, 16), (DIVIDE_256, 256)])
def test_the_prescaler_divides_the_clock(prescale: int, divider: int) -> None:
    bench, device = dual()
    put(device, CONTROL1, SIZE_32)
    put(device, LOAD1, 1000)
    put(device, CONTROL1, SIZE_32 | PERIODIC | ENABLE | prescale)
    bench.advance(100 * divider - 1)
    assert word(device, VALUE1) == 901
    bench.advance(1)
    assert word(device, VALUE1) == 900


def test_a_free_running_16_bit_counter_wraps_at_16_bits_and_keeps_the_upper_half() -> None:
    bench, device = dual()
    put(device, LOAD1, 0x0001_0005)
    put(device, CONTROL1, ENABLE)
    bench.advance(6)
    assert word(device, VALUE1) == 0x0001_FFFF
    assert word(device, RIS1) == 1


def test_a_periodic_counter_reloads_and_raises_its_own_line_and_the_combined_one() -> None:
    bench, device = dual()
    put(device, CONTROL2, PERIODIC | SIZE_32 | INTEN)
    put(device, LOAD2, 9)
    put(device, CONTROL2, PERIODIC | SIZE_32 | INTEN | ENABLE)
    bench.advance(9)
    assert (bench.lines["timer2"], bench.lines["combined"], bench.lines["timer1"]) == (True, True, False)
    bench.advance(4)
    assert word(device, VALUE2) == 6
    put(device, 0x2C, 0)
    assert not bench.lines["combined"]


def test_without_inten_only_the_raw_status_shows_an_expiry() -> None:
    bench, device = dual()
    put(device, CONTROL1, PERIODIC | SIZE_32)
    put(device, LOAD1, 9)
    put(device, CONTROL1, PERIODIC | SIZE_32 | ENABLE)
    bench.advance(9)
    assert (word(device, RIS1), word(device, MIS1), bench.lines["combined"]) == (1, 0, False)


def test_a_one_shot_counter_stops_at_zero_until_it_is_loaded_again() -> None:
    bench, device = dual()
    put(device, CONTROL1, SIZE_32 | INTEN | ONE_SHOT | ENABLE)
    put(device, LOAD1, 50)
    bench.advance(1000)
    assert (word(device, VALUE1), word(device, RIS1)) == (0, 1)
    put(device, INTCLR1, 1)
    bench.advance(1000)
    assert word(device, RIS1) == 0
    put(device, LOAD1, 50)
    bench.advance(49)
    assert word(device, RIS1) == 0
    bench.advance(1)
    assert word(device, RIS1) == 1


def test_bgload_changes_the_next_period_only() -> None:
    bench, device = dual()
    put(device, CONTROL1, PERIODIC | SIZE_32)
    put(device, LOAD1, 100)
    put(device, CONTROL1, PERIODIC | SIZE_32 | ENABLE)
    bench.advance(10)
    put(device, BGLOAD1, 20)
    assert (word(device, VALUE1), word(device, LOAD1)) == (90, 20)
    bench.advance(91)
    assert word(device, VALUE1) == 20


def test_the_integration_test_registers_drive_the_lines() -> None:
    bench, device = dual()
    put(device, 0xF04, 2)
    assert not bench.lines["timer2"]
    put(device, 0xF00, 1)
    assert (bench.lines["timer1"], bench.lines["timer2"], bench.lines["combined"]) == (False, True, True)
    put(device, 0xF00, 0)
    assert not bench.lines["combined"]


# -- Stellaris GPTM ------------------------------------------------------------------------------------------------

CFG, TAMR, TBMR, CTL, IMR, GPTM_RIS, GPTM_MIS, ICR = 0x00, 0x04, 0x08, 0x0C, 0x18, 0x1C, 0x20, 0x24
TAILR, TBILR, TAMATCHR, TBMATCHR, TAPR, TAR, TBR = 0x28, 0x2C, 0x30, 0x34, 0x38, 0x48, 0x4C


def gptm() -> tuple[DeviceBench, StellarisGptm]:
    bench = DeviceBench()
    return bench, bench.make(StellarisGptm)


def test_a_32_bit_periodic_timer_interrupts_again_and_again() -> None:
    bench, device = gptm()
    put(device, TAMR, 2)
    put(device, TAILR, 99_999)
    put(device, IMR, 1)
    put(device, CTL, 1)
    bench.advance(99_999)
    assert bench.lines["a"] and word(device, GPTM_MIS) == 1
    put(device, ICR, 1)
    assert not bench.lines["a"]
    bench.advance(50_000)
    assert word(device, TAR) == 50_000
    bench.advance(50_000)
    assert bench.lines["a"]


def test_a_32_bit_one_shot_timer_clears_its_enable_bit() -> None:
    bench, device = gptm()
    put(device, TAMR, 1)
    put(device, TAILR, 1000)
    put(device, CTL, 1)
    bench.advance(10_000)
    assert (word(device, CTL), word(device, GPTM_RIS), word(device, TAR)) == (0, 1, 0)


def test_the_two_16_bit_timers_are_apart_and_have_prescalers() -> None:
    bench, device = gptm()
    put(device, CFG, 4)
    put(device, TAMR, 2)
    put(device, TBMR, 1)
    put(device, TAILR, 0x1_0064)
    put(device, TBILR, 50)
    put(device, TAPR, 9)
    put(device, IMR, 0x101)
    put(device, CTL, 0x101)
    assert word(device, TAILR) == 0x64
    bench.advance(50)
    assert (word(device, GPTM_RIS), bench.lines["a"], bench.lines["b"]) == (0x100, False, True)
    assert word(device, TAR) == 0x64 - 5
    bench.advance(950)
    assert (word(device, GPTM_RIS), word(device, CTL)) == (0x101, 1)


def test_the_load_register_has_32_bits_when_the_timers_are_one() -> None:
    _, device = gptm()
    put(device, TAILR, 0x1234_5678)
    put(device, TAMATCHR, 0x9ABC_DEF0)
    assert (word(device, TAILR), word(device, TBILR)) == (0x1234_5678, 0x1234)
    assert (word(device, TAMATCHR), word(device, TBMATCHR)) == (0x9ABC_DEF0, 0x9ABC)


def test_the_real_time_clock_counts_virtual_seconds() -> None:
    bench, device = gptm()
    put(device, CFG, 1)
    put(device, TAMATCHR, 3)
    put(device, IMR, 8)
    put(device, CTL, 1)
    for second in range(1, 4):
        bench.advance(1_000_000)
        assert word(device, TAR) == second
    assert bench.lines["a"] and word(device, GPTM_RIS) == 8


def test_stopping_a_timer_holds_its_value() -> None:
    bench, device = gptm()
    put(device, TAMR, 2)
    put(device, TAILR, 1000)
    put(device, CTL, 1)
    bench.advance(100)
    put(device, CTL, 0)
    bench.advance(100)
    assert word(device, TAR) == 900


def test_the_modes_that_need_a_pin_raise_nothing() -> None:
    bench, device = gptm()
    put(device, CFG, 4)
    put(device, TAMR, 0xA)
    put(device, TAILR, 10)
    put(device, IMR, 0x70F)
    put(device, CTL, 1)
    bench.advance(1000)
    assert not bench.lines["a"]
