"""Random exception and MPU scenarios: 1,000 of fixed seeds play the same here and on QEMU, entry by entry."""

from __future__ import annotations

from pathlib import Path

import pytest
from differential.lab.exceptions import HERE, Report, run_random
from differential.lab.scenario_grammar import random_scenarios
from differential.lab.scenario_player import Outcome, build, play
from support.accelerator import require_accelerator

SCENARIOS = 200
BATCHES = [*(("m4f", seed) for seed in range(3)), *(("m3", seed) for seed in range(2))]
# What a batch must reach: IACCVIOL, DACCVIOL, MUNSTKERR, MSTKERR, PRECISERR, UNSTKERR, UNDEFINSTR, INVSTATE, INVPC,
# UNALIGNED, DIVBYZERO; and every exception.
CAUSES = sum(1 << bit for bit in (0, 1, 3, 4, 9, 11, 16, 17, 18, 24, 25))
EXCEPTIONS = {2, 3, 4, 5, 6, 11, 14, 15, 16, 17, 18, 19, 20}


@pytest.mark.parametrize(("core", "seed"), BATCHES)
def test_random_scenarios_play_the_same(core: str, seed: int) -> None:
    report = Report()
    run_random(seed, core, SCENARIOS, report)
    assert report.scenarios == SCENARIOS
    assert not report.failures, report.failures[0].words()
    assert report.entries > 5 * SCENARIOS, "scenarios without exceptions would prove little"
    assert report.causes & CAUSES == CAUSES
    assert report.exceptions >= EXCEPTIONS
    assert 0 < report.lockups < SCENARIOS / 5
    assert report.cut < SCENARIOS / 20, report.count.summary()


@pytest.mark.parametrize("core", ["m4f", "m3"])
def test_the_audited_back_end_plays_the_same(core: str) -> None:
    report = Report()
    run_random("audit", core, 30, report, audit=True)
    assert not report.failures, report.failures[0].words()


def test_pure_python_plays_the_same_as_the_accelerator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_accelerator()
    elf = build(random_scenarios("pure", 60), "m4f", tmp_path)

    def outcomes() -> list[Outcome]:
        return play(elf, "m4f", 60, HERE)

    accelerated = outcomes()
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    assert outcomes() == accelerated
    assert sum(len(outcome.entries) for outcome in accelerated) > 300
