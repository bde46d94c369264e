"""The exception laboratory: scenarios on QEMU and here, judged, shrunk and described."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from differential.lab.scenario import Scenario
from differential.lab.scenario_explain import known_difference, with_known_fields
from differential.lab.scenario_grammar import random_scenarios
from differential.lab.scenario_player import Outcome, build, play
from differential.lab.scenario_shrink import shrunk
from support.known_differences import DifferenceCount
from support.ours import run_ours
from support.qemu import run_qemu

CORES = ("m4f", "m3")
# A scenario takes milliseconds; what does not end is stopped here on both sides.
QEMU = partial(run_qemu, timeout=20)
HERE = partial(run_ours, max_instructions=10_000_000)


@dataclass(frozen=True, slots=True)
class Failure:
    """A scenario whose outcomes differ for no known reason."""

    scenario: Scenario
    core: str
    here: Outcome
    qemu: Outcome

    def words(self) -> str:
        """Return the scenario and the first record that differs (here / QEMU)."""
        return "\n".join([self.core, self.scenario.words(), *self.here.differences(self.qemu)])

    @property
    def kind(self) -> str:
        """What differs first, without its values."""
        return self.here.differences(self.qemu)[0].split(":")[0]


@dataclass(slots=True)
class Report:
    """What a number of scenarios gave.

    ``exceptions`` were entered and ``causes`` are the bits of CFSR that were seen, here. ``cut`` counts the scenarios
    that a known difference led elsewhere, and that were compared up to there.
    """

    scenarios: int = 0
    entries: int = 0
    exceptions: set[int] = field(default_factory=set)
    causes: int = 0
    lockups: int = 0
    cut: int = 0
    count: DifferenceCount = field(default_factory=DifferenceCount)
    failures: list[Failure] = field(default_factory=list)


def run_batch(scenarios: Sequence[Scenario], core: str, report: Report, audit: bool = False) -> None:
    """Play ``scenarios`` on both, and add what came out to ``report``."""
    with tempfile.TemporaryDirectory(prefix="v7m-lab-") as folder:
        elf = build(scenarios, core, Path(folder))
        there = play(elf, core, len(scenarios), QEMU)
        here = play(elf, core, len(scenarios), partial(HERE, audit=audit))
    for scenario, mine, theirs in zip(scenarios, here, there, strict=True):
        report.scenarios += 1
        report.entries += len(mine.entries)
        report.exceptions.update(mine.entries)
        report.causes |= mine.causes
        report.lockups += mine.end == "lockup"
        _judge(Failure(scenario, core, mine, with_known_fields(mine, theirs, report.count)), report)


def _judge(outcome: Failure, report: Report) -> None:
    if outcome.here == outcome.qemu:
        return
    known = known_difference(outcome.here, outcome.qemu)
    if known is None:
        report.failures.append(outcome)
    else:
        report.cut += 1
        report.count.meet(known)


def run_random(seed: object, core: str, count: int, report: Report, audit: bool = False) -> None:
    """Play ``count`` random scenarios of ``seed`` on ``core``."""
    run_batch(random_scenarios(seed, count, core), core, report, audit)


def shrink(failure: Failure) -> Failure:
    """Return the failure of the smallest scenario found that differs in the same place first."""
    found = {failure.scenario: failure}

    def still_fails(candidates: Sequence[Scenario]) -> list[bool]:
        report = Report()
        run_batch(candidates, failure.core, report)
        found.update({other.scenario: other for other in report.failures if other.kind == failure.kind})
        return [candidate in found for candidate in candidates]

    return found[shrunk(failure.scenario, still_fails)]
