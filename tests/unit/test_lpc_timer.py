"""The LPC's timer: counting, matches that interrupt, reset and stop. Times are counted by hand."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.lpc_timer import LpcTimer

IR, TCR, TC, PR, PC, MCR, MR0, MR1 = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x1C
INTERRUPT, RESETS, STOPS = 1, 2, 4


def timer(divider: int = 1, **registers: int) -> tuple[DeviceBench, LpcTimer]:
    bench = DeviceBench()
    made = bench.make(LpcTimer, divider=divider)
    for name, value in registers.items():
        put(made, globals()[name], value)
    put(made, TCR, 1)
    return bench, made


def test_it_counts_its_clock_divided_by_the_prescaler() -> None:
    bench, made = timer(divider=4, PR=24)
    bench.advance(99)
    assert (word(made, TC), word(made, PC)) == (0, 24)
    bench.advance(1)
    assert (word(made, TC), word(made, PC)) == (1, 0)
    put(made, TCR, 0)
    bench.advance(1000)
    assert word(made, TC) == 1
    put(made, TCR, 3)
    bench.advance(1000)
    assert word(made, TC) == 0


def test_a_match_interrupts_until_it_is_acknowledged_and_the_counter_goes_on() -> None:
    bench, made = timer(MR0=10, MCR=INTERRUPT)
    bench.advance(9)
    assert bench.lines["interrupt"] is False
    bench.advance(1)
    assert (word(made, TC), word(made, IR), bench.lines["interrupt"]) == (10, 1, True)
    bench.advance(5)
    put(made, IR, 1)
    assert (word(made, TC), word(made, IR), bench.lines["interrupt"]) == (15, 0, False)
    put(made, MR0, 20)
    bench.advance(5)
    assert bench.lines["interrupt"] is True


def test_a_match_that_resets_makes_a_period_of_one_more() -> None:
    bench, made = timer(MR0=9, MR1=4, MCR=INTERRUPT | RESETS)
    seen = []
    for _ in range(12):
        bench.advance(1)
        seen.append(word(made, TC))
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]
    assert word(made, IR) == 1
    bench.advance(1_000_003)
    assert word(made, TC) == 5
    put(made, IR, 1)
    bench.advance(3)
    assert bench.lines["interrupt"] is False
    bench.advance(1)
    assert bench.lines["interrupt"] is True


@pytest.mark.parametrize(("does", "counter"), [(STOPS, 10), (STOPS | RESETS, 0)])
def test_a_match_that_stops_does_so_there(does: int, counter: int) -> None:
    bench, made = timer(MR0=10, MCR=does | INTERRUPT)
    bench.advance(50)
    assert (word(made, TCR), word(made, TC), word(made, IR)) == (0, counter, 1)
    put(made, TCR, 1)
    bench.advance(4)
    assert word(made, TC) == counter + 4


def test_without_interrupts_no_flag_is_set() -> None:
    bench, made = timer(MR0=3, MCR=RESETS)
    bench.advance(10)
    assert (word(made, IR), word(made, TC)) == (0, 2)


def test_it_goes_round_at_its_own_end() -> None:
    bench, made = timer(MR1=2, MCR=INTERRUPT << 3)
    put(made, TC, 0xFFFF_FFFE)
    bench.advance(3)
    assert (word(made, TC), word(made, IR)) == (1, 0)
    bench.advance(1)
    assert (word(made, TC), bench.lines["interrupt"]) == (2, True)


def test_a_snapshot_goes_on_where_it_was() -> None:
    bench, made = timer(MR0=100, MCR=INTERRUPT)
    bench.advance(60)
    state = made.save()
    put(made, TCR, 0)
    made.restore(state)
    bench.advance(39)
    assert bench.lines["interrupt"] is False
    bench.advance(1)
    assert bench.lines["interrupt"] is True
