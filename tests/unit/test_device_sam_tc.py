"""The timer counter of the SAMs, typed from its data sheet: what it counts, its flags, and when it interrupts."""

from __future__ import annotations

import pytest
from support.devices import DeviceBench, put, word

from emulator.devices.sam_tc import SamTc

CCR, CMR, CV, RA, RB, RC, SR, IER, IDR, IMR, BCR = (
    *(0x00, 0x04, 0x10, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x2C, 0xC0),
)
WAVE, UP_TO_RC, CPCTRG, CPCSTOP = 1 << 15, 2 << 13, 1 << 14, 1 << 6
GO = 1 << 0 | 1 << 2
CHANNEL = 0x40


def counter(mode: int, rc: int = 0, channel: int = 0, **options: int) -> tuple[DeviceBench, SamTc]:
    bench = DeviceBench(32_768 * 10)
    made = bench.make(SamTc, **options)
    put(made, CHANNEL * channel + CMR, mode)
    put(made, CHANNEL * channel + RC, rc)
    return bench, made


@pytest.mark.parametrize(("clock", "unit"), [(0, 2), (1, 8), (2, 32), (3, 128), (4, 10)])
def test_a_count_is_so_many_instructions(clock: int, unit: int) -> None:
    bench, made = counter(clock)
    bench.advance(1000)
    assert word(made, CV) == 0
    put(made, CCR, GO)
    bench.advance(5 * unit - 1)
    assert word(made, CV) == 4
    bench.advance(1)
    assert (word(made, CV), word(made, SR)) == (5, 1 << 16)
    put(made, CCR, 2)
    bench.advance(100 * unit)
    assert (word(made, CV), word(made, SR)) == (5, 0)


@pytest.mark.parametrize("mode", [WAVE | UP_TO_RC, CPCTRG])
def test_it_begins_again_at_rc_and_says_so(mode: int) -> None:
    bench, made = counter(mode, 10, channel=1)
    put(made, CHANNEL + IER, 1 << 4)
    put(made, CHANNEL + CCR, GO)
    for _ in range(3):
        bench.advance(2 * 10 - 1)
        assert not bench.lines["1"]
        bench.advance(1)
        assert (bench.lines["1"], word(made, CHANNEL + CV)) == (True, 0)
        assert word(made, CHANNEL + SR) & ~(3 << 2) == 1 << 16 | 1 << 4
        assert (bench.lines["1"], word(made, CHANNEL + SR)) == (False, 1 << 16)
    put(made, CHANNEL + IDR, 1 << 4)
    bench.advance(20)
    assert (bench.lines["1"], word(made, CHANNEL + IMR), word(made, CHANNEL + SR) & 16) == (False, 0, 16)


def test_compares_and_the_overflow_have_flags() -> None:
    bench, made = counter(WAVE, 40, bits=16)
    put(made, RA, 10)
    put(made, RB, 20)
    put(made, CCR, GO)
    seen = []
    for counts in (9, 1, 10, 20, 0x10000 - 41, 1):
        bench.advance(2 * counts)
        seen.append(word(made, SR) & 0xFFFF)
    assert seen == [0, 1 << 2, 1 << 3, 1 << 4, 0, 1]
    assert word(made, CV) == 0


def test_one_round_alone() -> None:
    bench, made = counter(WAVE | UP_TO_RC | CPCSTOP, 10)
    put(made, CCR, GO)
    bench.advance(2 * 25)
    assert (word(made, SR) & 16, word(made, CV)) == (16, 0)
    put(made, CCR, GO)
    bench.advance(2 * 3)
    assert word(made, CV) == 3


def test_all_begin_together() -> None:
    bench, made = counter(0, divider=2)
    for channel in range(3):
        put(made, CHANNEL * channel + CCR, 1)
    put(made, BCR, 1)
    bench.advance(4 * 7)
    assert [word(made, CHANNEL * channel + CV) for channel in range(3)] == [7, 7, 7]


def test_a_snapshot_has_its_counters() -> None:
    bench, made = counter(WAVE | UP_TO_RC, 100)
    put(made, IER, 1 << 4)
    put(made, CCR, GO)
    bench.advance(30)
    other = DeviceBench(32_768 * 10)
    copy = other.make(SamTc)
    other.clock.skip_to(bench.clock.now)
    copy.restore(made.save())
    for each, its in ((bench, made), (other, copy)):
        each.advance(169)
        assert (word(its, CV), each.lines["0"]) == (99, False)
        each.advance(1)
        assert each.lines["0"]
