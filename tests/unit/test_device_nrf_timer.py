"""The nRF52's TIMER: what it counts, its compare events, shortcuts, and the interconnect that hears of them."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.nrf_ppi import NrfPpi
from emulator.devices.nrf_timer import NrfTimer

START, STOP, COUNT, CLEAR, CAPTURE, COMPARE = 0x00, 0x04, 0x08, 0x0C, 0x40, 0x140
SHORTS, INTENSET, INTENCLR, MODE, BITMODE, PRESCALER, CC = 0x200, 0x304, 0x308, 0x504, 0x508, 0x510, 0x540


def timer(prescaler: int = 4, channels: int = 4) -> tuple[DeviceBench, NrfTimer]:
    """A timer at 64 MHz, as on the part."""
    bench = DeviceBench(64_000_000)
    made = bench.make(NrfTimer, channels=channels)
    put(made, PRESCALER, prescaler)
    return bench, made


def count(made: NrfTimer) -> int:
    put(made, CAPTURE + 12, 1)
    return word(made, CC + 12)


@pytest.mark.parametrize(("prescaler", "instructions"), [(0, 4), (4, 64), (9, 2048)])
def test_a_tick_is_so_many_instructions(prescaler: int, instructions: int) -> None:
    bench, made = timer(prescaler)
    put(made, START, 1)
    bench.advance(instructions * 5 - 1)
    assert count(made) == 4
    bench.advance(1)
    assert count(made) == 5
    put(made, STOP, 1)
    bench.advance(instructions * 9)
    assert count(made) == 5
    put(made, START, 1)
    bench.advance(instructions)
    assert count(made) == 6
    put(made, CLEAR, 1)
    assert count(made) == 0


@pytest.mark.parametrize(("bitmode", "bits"), [(0, 16), (1, 8), (2, 24), (3, 32)])
def test_the_counter_has_so_many_bits(bitmode: int, bits: int) -> None:
    bench, made = timer(0)
    put(made, BITMODE, bitmode)
    put(made, START, 1)
    bench.advance(4 * ((1 << bits) + 3))
    assert count(made) == 3


def test_a_compare_event_interrupts_on_time_and_stays_until_it_is_cleared() -> None:
    bench, made = timer()
    put(made, CC + 4, 10)
    put(made, INTENSET, 1 << 17)
    put(made, START, 1)
    bench.advance(639)
    assert not bench.lines["interrupt"]
    bench.advance(1)
    assert (bench.lines["interrupt"], word(made, COMPARE + 4), word(made, COMPARE)) == (True, 1, 0)
    put(made, COMPARE + 4, 0)
    assert not bench.lines["interrupt"]
    put(made, COMPARE + 4, 1)
    put(made, INTENCLR, 1 << 17)
    assert not bench.lines["interrupt"]


def test_a_timer_without_consequences_is_no_reason_to_wake() -> None:
    bench, made = timer()
    put(made, CC, 10)
    put(made, START, 1)
    assert bench.clock.next_time() == 1 << 63
    bench.advance(640)
    assert word(made, COMPARE) == 1


def test_a_shortcut_clears_the_counter_and_the_rounds_are_exact_however_late_one_looks() -> None:
    bench, made = timer()
    put(made, CC, 100)
    put(made, CC + 4, 40)
    put(made, SHORTS, 1)
    put(made, START, 1)
    bench.clock.skip_to(64 * (100 * 1000 + 37))
    assert (count(made), word(made, COMPARE), word(made, COMPARE + 4)) == (37, 1, 1)


def test_a_shortcut_stops_the_timer() -> None:
    bench, made = timer()
    put(made, CC + 8, 7)
    put(made, SHORTS, 1 << 10)
    put(made, START, 1)
    bench.advance(6400)
    assert (count(made), word(made, COMPARE + 8)) == (7, 1)
    bench.advance(6400)
    assert count(made) == 7


def test_a_counter_counts_its_task() -> None:
    bench, made = timer()
    put(made, MODE, 1)
    put(made, CC, 2)
    put(made, INTENSET, 1 << 16)
    put(made, COUNT, 1)
    put(made, START, 1)
    bench.advance(100_000)
    for expected in (1, 2, 3):
        assert bench.lines["interrupt"] is (expected > 2)
        put(made, COUNT, 1)
        assert count(made) == expected
    assert word(made, COMPARE) == 1


def test_the_interconnect_hears_of_compare_events_on_time() -> None:
    bench, made = timer()
    started: list[tuple[int, int]] = []
    bench.context = bench.context.__class__(
        **{name: getattr(bench.context, name) for name in bench.context.__slots__ if name != "start_task"},
        start_task=lambda address: started.append((bench.clock.now, address)),
    )
    made, ppi = bench.make(NrfTimer), bench.make(NrfPpi)
    made.address = 0x4000_8000
    put(ppi, 0x510, 0x4000_8000 + COMPARE)
    put(ppi, 0x514, 0x4000_7004)
    put(ppi, 0x504, 1)
    put(made, CC, 50)
    put(made, SHORTS, 1)
    put(made, START, 1)
    for _ in range(3 * 50):
        bench.advance(64)
    assert started == [(64 * 50 * n, 0x4000_7004) for n in (1, 2, 3)]


def test_a_timer_goes_on_after_it_was_saved() -> None:
    bench, made = timer()
    put(made, CC, 10)
    put(made, INTENSET, 1 << 16)
    put(made, START, 1)
    bench.advance(64 * 4)
    state = made.save()
    other = DeviceBench(64_000_000)
    other.clock.skip_to(bench.clock.now)
    again = other.make(NrfTimer)
    again.restore(state)
    other.advance(64 * 6)
    assert other.lines["interrupt"]


def test_a_timer_has_as_many_channels_as_it_says() -> None:
    _, made = timer(channels=6)
    put(made, CC + 20, 5)
    assert word(made, CC + 20) == 5
    _, made = timer()
    put(made, CC + 16, 5)
    assert word(made, CC + 16) == 0
