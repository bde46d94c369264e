"""The parts of the exception laboratory: what it generates, how it shrinks, what it tells apart and lets pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from differential.lab.exceptions import Report, run_batch, shrink
from differential.lab.scenario import (
    ACTIONS,
    CONTEXTS,
    NO_REGION,
    NOTHING,
    PLAIN_PRIORITY,
    PLAIN_SETUP,
    PROBES,
    REGIONS,
    SETUP,
    THREAD_STACK,
    Action,
    Scenario,
)
from differential.lab.scenario_grammar import random_scenarios
from differential.lab.scenario_shrink import shrunk

FULL_PSP = 6  # CONTROL: SPSEL and FPCA


def scenario(setup: dict[str, int], regions: Sequence[tuple[int, int]] = (), **actions: Sequence[Action]) -> Scenario:
    """Return a plain scenario with these changes."""
    values = dict(zip(SETUP, PLAIN_SETUP, strict=True)) | setup
    lists = tuple((*actions.get(name, ()), *(NOTHING,) * ACTIONS)[:ACTIONS] for name in CONTEXTS)
    all_regions = (*regions, *(NO_REGION,) * REGIONS)[:REGIONS]
    return Scenario(tuple(values.values()), (PLAIN_PRIORITY,) * 12, all_regions, lists)


def judged(case: Scenario, core: str = "m4f") -> Report:
    report = Report()
    run_batch([case], core, report)
    return report


def test_the_same_seed_gives_the_same_scenarios() -> None:
    assert random_scenarios(1, 5) == random_scenarios(1, 5)
    assert random_scenarios(1, 5) != random_scenarios(2, 5)
    assert random_scenarios(1, 5) != random_scenarios(1, 5, "m3")


def test_every_scenario_says_what_it_does() -> None:
    for case in random_scenarios(3, 50):
        assert case.words().startswith("AIRCR=")
        assert len(case.actions) == len(CONTEXTS)
        assert {len(actions) for actions in case.actions} == {ACTIONS}


def test_an_fp_frame_is_aligned_without_stkalign() -> None:
    case = scenario({"CCR": 0, "CONTROL": FULL_PSP, "PSP": THREAD_STACK - 4}, Thread=[Action("DO_SVC")])
    report = judged(case)
    assert not report.failures
    assert report.count.met["Q-30"] == report.cut == 1


@pytest.mark.parametrize("control", [2, FULL_PSP, 4])
def test_an_impossible_ipsr_pushes_the_frame_where_it_was(control: int) -> None:
    case = scenario({"CONTROL": control}, Thread=[Action("PEND", 0)], IRQ0=[Action("FRAME_IPSR", 0, 16)])
    report = judged(case)
    assert not report.failures
    assert report.count.met["Q-19"] == report.cut == 1


@pytest.mark.parametrize(("first", "second"), [(0x200, 0x300), (0x300, 0x200)])
def test_every_access_is_judged_by_its_own_subregion(first: int, second: int) -> None:
    region = (PROBES, 0x2_0000 | 0b0100 << 8 | 10 << 1 | 1)  # 2 KiB without access, its subregion 2 is disabled
    loads = [Action("PROBE_LOAD", 0, PROBES + offset) for offset in (first, second)]
    report = judged(scenario({"MPU_CTRL": 5}, [region], Thread=loads))
    if first == 0x300:
        assert not report.failures
        return
    failure = report.failures[0]
    assert 4 in failure.here.entries
    assert 4 not in failure.qemu.entries
    report.count.meet("Q-32")


def test_a_frame_that_is_stacked_in_part_keeps_the_words_that_are_allowed() -> None:
    region = (PROBES + 0x20, 0x2_0000 | 4 << 1 | 1)  # 32 bytes without access
    setup = {"MPU_CTRL": 5, "CONTROL": 2}
    report = judged(scenario(setup, [region], Thread=[Action("STACK_FAULT", 0, PROBES + 0x50)]))
    failure = report.failures[0]
    assert failure.here.entries == failure.qemu.entries
    assert failure.kind == "sum of the probes of end"
    report.count.meet("Q-33")


def test_the_shrinker_keeps_what_the_failure_needs() -> None:
    case = next(c for c in random_scenarios(4, 20) if c.priorities[3] != PLAIN_PRIORITY)
    needed = next((c, a) for c, actions in enumerate(case.actions) for a in actions if a.operation == "PEND")

    def still_fails(candidates: Sequence[Scenario]) -> list[bool]:
        return [needed[1] in c.actions[needed[0]] and c.priorities[3] == case.priorities[3] for c in candidates]

    small = shrunk(case, still_fails)
    assert [action for actions in small.actions for action in actions if action != NOTHING] == [needed[1]]
    assert set(small.regions) == {NO_REGION}
    assert small.setup == PLAIN_SETUP
    assert [n for n, priority in enumerate(small.priorities) if priority != PLAIN_PRIORITY] == [3]


def test_a_difference_is_found_and_shrunk_to_its_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison itself is put to the test: a core that takes the wrong one of two equal priorities."""
    monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    monkeypatch.setattr("emulator.armv7m.exceptions.set_bits", lambda mask: reversed(list(_bits(mask))))
    pends = [Action("PRIMASK", 0, 1), Action("PEND", 0), Action("FP_USE", 0, 0), Action("PEND", 2)]
    case = scenario({}, Thread=[*pends, Action("PRIMASK", 0, 0), Action("EVENT")])
    report = judged(replace(case, priorities=(0x80, 0x80, 0x80, 0, 0x80, 0x80, *[0x80] * 6)))
    small = shrink(report.failures[0])
    assert small.kind == "record"
    listing = small.words()
    assert "record: entry 18 / entry 16" in listing
    assert "Thread: PRIMASK(0, 0x1), PEND(0, 0x0), PEND(2, 0x0), PRIMASK(0, 0x0)" in listing


def _bits(mask: int) -> list[int]:
    return [number for number in range(mask.bit_length()) if mask >> number & 1]
