"""The instruction-level laboratory: batches on QEMU and here, judged, shrunk and described."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from differential.lab.batch import Case, Result, build, case_code, case_starts, random_cases, run
from differential.lab.explain import explain
from differential.lab.shrink import shrunk
from support.known_differences import DifferenceCount
from support.ours import run_ours
from support.qemu import run_qemu


@dataclass(frozen=True, slots=True)
class Failure:
    """A case whose results differ for no known reason."""

    case: Case
    mode: int
    here: Result
    qemu: Result

    def words(self) -> str:
        """Return the listing, the state it begins with, and what differs (here / QEMU)."""
        registers = " ".join(f"r{n}={value:#x}" for n, value in enumerate(self.case.r) if value)
        singles = " ".join(f"s{n}={value:#x}" for n, value in enumerate(self.case.s) if value)
        state = f"APSR={self.case.apsr:#x} FPSCR={self.case.fpscr:#x} memory seed {self.case.memory_seed:#x}"
        lines = [f"mode {self.mode:#x}", registers, singles, state]
        lines += [f"    {line}" for line in self.case.lines()]
        return "\n".join([*lines, *self.here.differences(self.qemu)])


@dataclass(slots=True)
class Report:
    """What a number of batches gave."""

    cases: int = 0
    faults: int = 0
    count: DifferenceCount = field(default_factory=DifferenceCount)
    failures: list[Failure] = field(default_factory=list)


def run_batch(cases: Sequence[Case], mode: int, report: Report, audit: bool = False) -> None:
    """Run ``cases`` on both, and add what came out to ``report``."""
    with tempfile.TemporaryDirectory(prefix="v7m-lab-") as folder:
        elf = build(cases, mode, Path(folder))
        there = run(cases, mode, run_qemu, elf)
        here = run(cases, mode, lambda program: run_ours(program, audit=audit), elf)
        starts = case_starts(elf, len(cases))
        for number, (case, mine, theirs) in enumerate(zip(cases, here, there, strict=True)):
            report.cases += 1
            report.faults += theirs.exception != 11
            if mine == theirs:
                continue
            known = explain(mine, theirs, case_code(elf, starts[number] + mine.pc), mode)
            if known:
                report.count.meet(known)
            else:
                report.failures.append(Failure(case, mode, mine, theirs))


def run_random(seed: object, mode: int, count: int, report: Report, audit: bool = False) -> None:
    """Run ``count`` random cases of ``seed`` in ``mode``."""
    run_batch(random_cases(seed, mode, count), mode, report, audit)


def shrink(failure: Failure) -> Failure:
    """Return the failure of the smallest case found that differs in the same field first."""
    field_name = failure.here.differences(failure.qemu)[0].split(":")[0]
    found = {failure.case: failure}

    def still_fails(candidates: Sequence[Case]) -> list[bool]:
        report = Report()
        run_batch(candidates, failure.mode, report)
        for other in report.failures:
            if other.here.differences(other.qemu)[0].split(":")[0] == field_name:
                found[other.case] = other
        return [candidate in found for candidate in candidates]

    return found[shrunk(failure.case, still_fails)]
