"""Corners of SysTick in which QEMU differs as listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.arm_gcc import MACHINES, build_bare
from support.known_differences import DifferenceCount
from support.ours import run_ours
from support.qemu import run_qemu

HERE = Path(__file__).parent
QEMU_STAYS_AT_ZERO = {"reload-written-then-ticks": "Q-39", "reload-again-then-ticks": "Q-40"}


def answers(lines: list[str]) -> dict[str, int]:
    """Return the numbers of a program's lines, by name."""
    return {name: int(value) for name, value in map(str.split, lines)}


@pytest.mark.parametrize("core", MACHINES)
def test_systick_without_a_reload_value_waits_for_one(core: str) -> None:
    elf = build_bare([HERE / "systick_corners.c"], core)
    here, there = answers(run_ours(elf, MACHINES[core]).lines), answers(run_qemu(elf, MACHINES[core], icount=5).lines)
    assert here == {
        "enabled-at-0-counts": 0,
        "enabled-at-0-ticks": 0,
        "reload-written-then-ticks": 1,
        "reload-0-while-running-ticks": 1,
        "reload-0-while-running-ends-at": 0,
        "reload-again-then-ticks": 1,
    }
    count = DifferenceCount()
    for name in (name for name in here if here[name] != there[name]):
        count.meet(QEMU_STAYS_AT_ZERO[name])
    assert set(count.met) == {"Q-39", "Q-40"}, count.summary()


def test_systick_shows_zero_for_one_tick_of_its_period() -> None:
    elf = build_bare([HERE / "systick_wrap.c"], "m3")
    here = answers(run_ours(elf, MACHINES["m3"]).lines)
    assert 0 < here["zeros"] < 100
    count = DifferenceCount()
    for _ in range(10):  # QEMU counts by the host's clock here: on a busy host it may miss the moment
        there = answers(run_qemu(elf, MACHINES["m3"]).lines)
        if there["zeros"] > 1000:
            count.meet("Q-41")
            break
    assert count.met["Q-41"], there
