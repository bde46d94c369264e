"""Compares what a program printed, and how it ended, with what the manual expects."""

from __future__ import annotations

from dataclasses import dataclass

from kit.known import Known
from kit.manifest import Program, Row

ABSENT = "(no line)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a runner saw: the console's lines, and the end: ``exit 0``, ``lockup``, or in words what happened instead.

    ``detail`` is the runner's own last words.
    """

    lines: tuple[str, ...]
    end: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A line (from 1), or the end (0), that is not as expected. ``known`` is the id of the reason, or empty."""

    line: int
    expected: str
    found: str
    known: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A program with a runner. ``skipped`` says why it was not run: then there is no outcome."""

    program: Program
    outcome: Outcome | None
    mismatches: tuple[Mismatch, ...] = ()
    skipped: str = ""

    @property
    def unexplained(self) -> int:
        """How many mismatches have no known reason."""
        return sum(not mismatch.known for mismatch in self.mismatches)


def judge(row: Row, program: Program, outcome: Outcome, known: Known) -> Judgement:
    """Compare line by line; what comes after the last expected line, and what is missing, is a mismatch too."""
    expected = program.expected()
    found = list(outcome.lines)
    length = max(len(expected), len(found))
    mismatches = []
    for number in range(length):
        want = expected[number] if number < len(expected) else ABSENT
        have = found[number] if number < len(found) else ABSENT
        if want != have:
            reason = known.lines.get((row.number, want, have), "")
            mismatches.append(Mismatch(number + 1, want, have, reason))
    if outcome.end != program.end:
        reasons = [known.ends.get((name, program.end, outcome.end), "") for name in (program.name, "")]
        reason = reasons[0] or reasons[1]
        mismatches.append(Mismatch(0, program.end, outcome.end, reason))
    return Judgement(program, outcome, tuple(mismatches))
