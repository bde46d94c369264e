"""Random instruction sequences: 8,000 of fixed seeds leave the same registers, memory and faults here and on QEMU."""

from __future__ import annotations

import random

import pytest
from differential.lab.batch import MODES, Case, random_cases, random_state
from differential.lab.instructions import Report, run_random
from differential.lab.shrink import shrunk

SEEDS = range(2)
CASES = 400  # of each seed in each of the ten modes


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", SEEDS)
def test_random_sequences_leave_the_same_state(seed: int, mode: int) -> None:
    report = Report()
    run_random(seed, mode, CASES, report)
    assert report.cases == CASES
    assert not report.failures, report.failures[0].words()
    assert CASES / 50 < report.faults < CASES, "a generator that never or always faults would prove little"
    assert sum(report.count.met.values()) < CASES / 20, report.count.summary()


@pytest.mark.parametrize("mode", MODES)
def test_the_audited_back_end_leaves_the_same_state(mode: int) -> None:
    report = Report()
    run_random("audit", mode, 40, report, audit=True)
    assert not report.failures, report.failures[0].words()


def test_the_same_seed_gives_the_same_cases() -> None:
    assert random_cases(1, 0, 20) == random_cases(1, 0, 20)
    assert random_cases(1, 0, 20) != random_cases(2, 0, 20)


def test_the_shrinker_keeps_what_the_failure_needs_and_nothing_else() -> None:
    case = next(c for c in random_cases(5, 0, 50) if len(c.units) > 8)
    needed = {case.units[2], case.units[5]}

    def still_fails(candidates: list[Case]) -> list[bool]:
        return [needed <= set(candidate.units) and candidate.r[3] == case.r[3] for candidate in candidates]

    small = shrunk(case, still_fails)  # type: ignore[arg-type]
    assert set(small.units) == needed
    assert small.r[3] == case.r[3]
    assert [n for n, value in enumerate(small.r) if value] in ([3, 6, 8], [6, 8])
    assert not any(small.s)


def test_a_random_state_points_into_the_memory_that_is_compared() -> None:
    for seed in range(50):
        state = random_state(random.Random(seed))
        assert all(0x2008_0340 <= state.r[n] < 0x2008_0410 for n in (6, 8))
