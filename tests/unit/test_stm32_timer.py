"""The STM32's timer: counting, updates, compares, one pulse, what is buffered. Times are counted by hand."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.stm32_timer import Stm32Timer

CR1, DIER, SR, EGR, CNT, PSC, ARR, CCR1, CCR2 = 0x00, 0x0C, 0x10, 0x14, 0x24, 0x28, 0x2C, 0x34, 0x38
CEN, URS, OPM, ARPE = 1, 4, 8, 0x80


def timer(psc: int = 0, arr: int = 9, **parameters: int) -> tuple[DeviceBench, Stm32Timer]:
    bench = DeviceBench()
    made = bench.make(Stm32Timer, **parameters)
    put(made, PSC, psc)
    put(made, ARR, arr)
    put(made, EGR, 1)
    put(made, SR, 0)
    return bench, made


def test_it_counts_from_zero_to_arr_and_an_update_begins_anew() -> None:
    bench, made = timer(arr=9)
    put(made, CR1, CEN)
    seen = []
    for _ in range(12):
        bench.advance(1)
        seen.append((word(made, CNT), word(made, SR) & 1))
    assert seen == [(n, 0) for n in range(1, 10)] + [(0, 1), (1, 1), (2, 1)]


def test_the_prescaler_and_the_divider_stretch_a_count() -> None:
    bench, made = timer(psc=4, arr=99, divider=2)
    put(made, CR1, CEN)
    bench.advance(9)
    assert word(made, CNT) == 0
    bench.advance(1)
    assert word(made, CNT) == 1
    bench.advance(10 * 250)
    assert (word(made, CNT), word(made, SR) & 1) == (51, 1)


def test_the_interrupt_comes_at_each_update_and_goes_with_the_flag() -> None:
    bench, made = timer(arr=99)
    put(made, DIER, 1)
    put(made, CR1, CEN)
    for _ in range(3):
        bench.advance(99)
        assert bench.lines["update"] is bench.lines["interrupt"] is False
        bench.advance(1)
        assert bench.lines["update"] and bench.lines["interrupt"] and not bench.lines["compare"]
        put(made, SR, 0xFFFE)
        assert bench.lines["update"] is False


def test_compares_set_their_flags_once_a_period() -> None:
    bench, made = timer(arr=99)
    put(made, CCR1, 30)
    put(made, CCR2, 200)
    put(made, DIER, 2)
    put(made, SR, 0)
    put(made, CR1, CEN)
    bench.advance(29)
    assert (word(made, SR), bench.lines["compare"]) == (0, False)
    bench.advance(1)
    assert (word(made, SR) & 7, bench.lines["compare"]) == (2, True)
    put(made, SR, 0)
    bench.advance(99)
    assert word(made, SR) & 7 == 1
    bench.advance(1)
    assert word(made, SR) & 7 == 3


def test_one_pulse_stops_at_the_update() -> None:
    bench, made = timer(arr=9)
    put(made, CR1, CEN | OPM)
    bench.advance(25)
    assert (word(made, CR1) & CEN, word(made, CNT), word(made, SR) & 1) == (0, 0, 1)


@pytest.mark.parametrize(("cr1", "first"), [(CEN, 5), (CEN | ARPE, 10)])
def test_arr_is_buffered_where_arpe_says_so_and_psc_always(cr1: int, first: int) -> None:
    bench, made = timer(arr=9)
    put(made, CR1, cr1)
    put(made, ARR, 4)
    put(made, PSC, 1)
    bench.advance(first - 1)
    assert (word(made, CNT), word(made, SR) & 1) == (first - 1, 0)
    bench.advance(1)
    assert (word(made, CNT), word(made, SR) & 1) == (0, 1)
    put(made, SR, 0)
    bench.advance(9)
    assert (word(made, CNT), word(made, SR) & 1) == (4, 0)
    bench.advance(1)
    assert (word(made, CNT), word(made, SR) & 1) == (0, 1)


def test_a_counter_past_arr_goes_on_to_its_end() -> None:
    bench, made = timer(arr=99)
    put(made, CNT, 0xFFF0)
    put(made, CR1, CEN)
    bench.advance(15)
    assert (word(made, CNT), word(made, SR) & 1) == (0xFFFF, 0)
    bench.advance(1)
    assert (word(made, CNT), word(made, SR) & 1) == (0, 1)


@pytest.mark.parametrize(("cr1", "flag"), [(0, 1), (URS, 0)])
def test_an_update_by_software_sets_the_flag_unless_urs(cr1: int, flag: int) -> None:
    _, made = timer()
    put(made, CR1, cr1)
    put(made, CNT, 5)
    put(made, EGR, 1)
    assert (word(made, CNT), word(made, SR) & 1) == (0, flag)


def test_arr_of_zero_stops_the_counter() -> None:
    bench, made = timer(arr=0)
    put(made, DIER, 1)
    put(made, CR1, CEN)
    bench.advance(1000)
    assert (word(made, CNT), word(made, SR) & 1) == (0, 0)
    put(made, ARR, 9)
    bench.advance(4)
    assert word(made, CNT) == 4


def test_a_snapshot_goes_on_where_it_was() -> None:
    bench, made = timer(arr=99)
    put(made, DIER, 1)
    put(made, CR1, CEN)
    bench.advance(50)
    state = made.save()
    put(made, CR1, 0)
    made.restore(state)
    bench.advance(49)
    assert bench.lines["update"] is False
    bench.advance(1)
    assert bench.lines["update"] is True
