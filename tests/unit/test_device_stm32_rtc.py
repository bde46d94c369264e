"""The real-time clock of the STM32 series, typed from RM0090 and RM0453: what it counts, and when its alarms are."""

from __future__ import annotations

from datetime import date

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.stm32_rtc import Stm32Rtc, _date, _days

TR, DR, CR, ISR, PRER, WUTR, ALRMAR, ALRMBR, SSR, ALRMASSR, BKP0R = (
    *(0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x1C, 0x20, 0x28, 0x44, 0x50),
)
SECOND = 32_768
ALL = 0x8080_8080
"""Masks of all that an alarm compares."""


def clock(time: int = 0, day: int = 0x2101, prescalers: int = 0x007F_00FF) -> tuple[DeviceBench, Stm32Rtc]:
    """A clock that has just been set, at as many instructions a second as it is clocked with."""
    bench = DeviceBench(SECOND)
    made = bench.make(Stm32Rtc)
    initialise(made, time, day, prescalers)
    return bench, made


def initialise(made: Stm32Rtc, time: int, day: int, prescalers: int) -> None:
    put(made, ISR, 0xFFFF_FFFF)
    assert word(made, ISR) & 0xC0 == 0xC0
    for offset, value in ((PRER, prescalers), (TR, time), (DR, day)):
        put(made, offset, value)
    put(made, ISR, 0xFFFF_FF7F)
    assert word(made, ISR) & 0xC0 == 0


def test_seconds_go_by_and_their_parts_count_down() -> None:
    bench, made = clock(0x12_58_57, 0x24_C6_29)  # Saturday, 29 June 2024
    assert (word(made, SSR), word(made, ISR) & 0x30) == (255, 0x30)
    bench.advance(128 * 10)
    assert (word(made, SSR), word(made, TR)) == (245, 0x12_58_57)
    bench.advance(3 * SECOND)
    assert (word(made, TR), word(made, SSR)) == (0x12_59_00, 245)
    bench.advance(60 * SECOND)
    assert (word(made, TR), word(made, DR)) == (0x13_00_00, 0x24_C6_29)
    bench.advance(2 * 24 * 3600 * SECOND)
    assert (word(made, TR), word(made, DR)) == (0x13_00_00, 0x24_27_01)  # Monday, 1 July


def test_years_and_hours_of_twelve() -> None:
    bench, made = clock(0x23_59_59, 0x23_F2_31)
    bench.advance(SECOND)
    assert (word(made, TR), word(made, DR)) == (0, 0x24_21_01)
    put(made, CR, 1 << 6)
    initialise(made, 0x11_59_59 | 1 << 22, 0x23_F2_31, 0x007F_00FF)
    bench.advance(SECOND)
    assert (word(made, TR), word(made, DR)) == (0x12_00_00, 0x24_21_01)
    bench.advance(12 * 3600 * SECOND)
    assert word(made, TR) == 0x12_00_00 | 1 << 22
    bench.advance(3600 * SECOND)
    assert word(made, TR) == 0x01_00_00 | 1 << 22


def test_its_dates_are_those_of_a_calendar() -> None:
    first = date(2000, 1, 1).toordinal()
    for days in range(36_525):
        its = date.fromordinal(first + days)
        assert _date(days) == (its.year - 2000, its.month, its.day)
        assert _days(*_date(days)) == days
    assert (_days(1, 2, 29), _days(4, 13, 1), _date(36_525)) == (366, 4 * 365 + 1, (0, 1, 1))


def test_it_is_set_in_initialisation_mode_alone_and_stands_still_there() -> None:
    bench, made = clock(0x10_00_00)
    put(made, TR, 0x11_00_00)
    put(made, PRER, 0)
    assert (word(made, TR), word(made, PRER)) == (0x10_00_00, 0x007F_00FF)
    bench.advance(5 * SECOND)
    put(made, ISR, 0xFFFF_FFFF)
    bench.advance(5 * SECOND)
    assert (word(made, TR), word(made, SSR)) == (0x10_00_05, 255)
    put(made, ISR, 0xFFFF_FF7F)
    bench.advance(SECOND)
    assert word(made, TR) == 0x10_00_06


def test_what_was_never_set_counts_from_power_up_and_no_reset_stops_it() -> None:
    bench = DeviceBench(SECOND)
    made = bench.make(Stm32Rtc)
    put(made, BKP0R, 0x32F2)
    bench.advance(7 * SECOND)
    made.reset()
    assert (word(made, TR), word(made, DR), word(made, ISR) & 0x10, word(made, BKP0R)) == (7, 0x2101, 0, 0x32F2)
    made.power_up()
    assert (word(made, BKP0R), word(made, ISR) & 7) == (0, 7)


@pytest.mark.parametrize(
    ("alarm", "subseconds", "after"),
    [
        (ALL, 0, [1, 2, 3]),  # each second
        (ALL & ~0x80 | 0x30, 0, [30, 90, 150]),  # at half of each minute
        (0x8000_0000 | 0x00_01_05, 0, [65, 65 + 86_400]),
        (0x0000_0000 | 3 << 24, 0, [2 * 86_400]),  # on the 3rd
        (0x4000_0000 | 7 << 24, 0, [6 * 86_400, 13 * 86_400]),  # on Sunday
        (ALL, 15 << 24 | 127, [0.5, 1.5, 2.5]),
        (ALL, 6 << 24 | 63, [0.25, 0.5, 0.75, 1]),
        (0x3100_0000, 0, [30 * 86_400, (31 + 29 + 30) * 86_400]),  # on the 31st, which February 2000 has not
    ],
)
def test_an_alarm_comes_when_all_that_it_compares_is_so(alarm: int, subseconds: int, after: list[float]) -> None:
    bench, made = clock(0, 0x2101)
    put(made, ALRMAR, alarm)
    put(made, ALRMASSR, subseconds)
    put(made, CR, 1 << 8 | 1 << 12)
    assert word(made, ISR) & 1 == 0
    then = 0.0
    for when in after:
        bench.advance(round((when - then) * SECOND) - 1)
        assert (word(made, ISR) >> 8 & 1, bench.lines["alarm"]) == (0, False)
        bench.advance(1)
        assert (word(made, ISR) >> 8 & 7, bench.lines["alarm"]) == (1, True)
        put(made, ISR, 0xFFFF_FE7F)
        assert not bench.lines["alarm"]
        then = when


def test_an_alarm_that_fits_no_date_never_comes() -> None:
    bench, made = clock(0, 0x2101)
    put(made, ALRMAR, 0x3400_0000)
    put(made, CR, 1 << 8 | 1 << 12)
    bench.advance(100 * 86_400 * SECOND)
    assert word(made, ISR) >> 8 & 7 == 0


@pytest.mark.parametrize(
    ("select", "counts", "period"),
    [(0, 9, 16 * 10), (3, 0, 2), (4, 1, 2 * SECOND), (6, 0, 0x1_0001 * SECOND)],
)
def test_the_wakeup_timer_counts_its_clock(select: int, counts: int, period: int) -> None:
    bench, made = clock()
    put(made, WUTR, counts)
    put(made, CR, select | 1 << 10 | 1 << 14)
    assert word(made, ISR) & 4 == 0
    for _ in range(3):
        bench.advance(period - 1)
        assert not bench.lines["wakeup"]
        bench.advance(1)
        assert (bench.lines["wakeup"], word(made, ISR) >> 8 & 7) == (True, 4)
        put(made, ISR, ~(1 << 10) & 0xFFFF_FF7F)
    put(made, CR, 0)
    bench.advance(2 * period)
    assert (word(made, ISR) & 4, word(made, ISR) >> 8 & 7) == (4, 0)


def test_with_a_status_register_it_counts_in_binary_too() -> None:
    ssr, icsr, prer, cr, ssra, sr, misr, scr, binr = 0x08, 0x0C, 0x10, 0x18, 0x44, 0x50, 0x54, 0x5C, 0x70
    bench = DeviceBench(SECOND)
    made = bench.make(Stm32Rtc, variant="status")
    put(made, icsr, 1 << 7)
    put(made, prer, 31 << 16 | 0x7FFF)
    put(made, icsr, 1 << 7 | 1 << 8)
    put(made, icsr, 1 << 8)
    bench.advance(32 * 5)
    assert word(made, ssr) == 0xFFFF_FFFA
    put(made, binr, 0xFFFF_FF00)
    put(made, ssra, 0x3F << 24)
    put(made, cr, 1 << 8 | 1 << 12)
    bench.advance(32 * 0xFA - 1)
    assert (word(made, sr), bench.lines["alarm"]) == (0, False)
    bench.advance(1)
    assert (word(made, sr), word(made, misr), word(made, ssr), bench.lines["alarm"]) == (1, 1, 0xFFFF_FF00, True)
    put(made, scr, 1)
    assert (word(made, sr), bench.lines["alarm"], word(made, icsr) & 0x1C0) == (0, False, 1 << 8)


def test_a_snapshot_has_its_time_and_its_alarms() -> None:
    bench, made = clock(0x10_00_00)
    put(made, ALRMAR, ALL & ~0x80 | 0x10)
    put(made, WUTR, 3)
    put(made, CR, 4 | 1 << 8 | 1 << 12 | 1 << 10 | 1 << 14)
    bench.advance(3 * SECOND)
    state = made.save()
    other = DeviceBench(SECOND)
    copy = other.make(Stm32Rtc)
    other.clock.skip_to(bench.clock.now)
    copy.restore(state)
    for each, its in ((bench, made), (other, copy)):
        each.advance(SECOND - 1)
        assert not each.lines["wakeup"]
        each.advance(1)
        assert each.lines["wakeup"]
        each.advance(6 * SECOND)
        assert (word(its, TR), each.lines["alarm"]) == (0x10_00_10, True)
