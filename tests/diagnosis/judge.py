"""Judges the report of a program of the corpus by the truth about it. No state, and nothing of v7m is asked.

Four judgements, each a list of complaints (none: passed):

first    the first sentence is right and sufficient, and the place in the user's code is in it or on the line below
cause    the root cause or the last writer is named: function and line
calls    the backtrace is complete, and holds no function that did not call
honest   no sentence is false: nothing that the truth forbids, and what is named exists (witness.py)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from diagnosis.corpus import START_CODE, Cause, Place, Program
from diagnosis.witness import Witness, functions_in

JUDGEMENTS = ("first", "cause", "calls", "honest")


@dataclass(frozen=True)
class Report:
    """A report in both forms: the text that a user reads, and the JSON object."""

    text: str
    facts: dict[str, Any]

    @property
    def opening(self) -> str:
        """The first sentence and the line below it."""
        return "\n".join([line for line in self.text.splitlines() if line.strip()][:2])


Verdict = dict[str, list[str]]


def judge(program: Program, report: Report, witness: Witness) -> Verdict:
    """Return the complaints about ``report``, by judgement."""
    return {
        "first": first_complaints(program, report),
        "cause": cause_complaints(program, report.text),
        "calls": calls_complaints(program, report.facts),
        "honest": honest_complaints(program, report, witness),
    }


def first_complaints(program: Program, report: Report) -> list[str]:
    """Return what is wrong with the first sentence."""
    headline = report.facts["headline"]
    complaints = []
    if report.facts["outcome"] not in program.outcomes:
        complaints.append(f"the outcome is {report.facts['outcome']}, not {' or '.join(program.outcomes)}")
    complaints += [f"does not say {wanted!r}" for wanted in program.first_says if not _found(wanted, headline)]
    complaints += [f"says {wrong!r}" for wrong in program.first_never if _found(wrong, headline)]
    place = program.first_at
    if place is not None and not _names(report.opening, place, "-g" in program.flags):
        complaints.append(f"no {_shown(place)} in it or on the line below")
    return complaints


def cause_complaints(program: Program, text: str) -> list[str]:
    """Return what is missing of the root cause, and of what else the report is to say."""
    lines = text.splitlines()
    complaints = [f"does not say {wanted!r}" for wanted in program.says if not _found(wanted, text)]
    if not any(_has_cause(lines, cause, "-g" in program.flags) for cause in program.causes):
        wanted = [_shown(cause.place) + (f" {cause.says!r}" if cause.says else "") for cause in program.causes]
        complaints.append(f"names none of: {'; '.join(wanted)}")
    return complaints


def calls_complaints(program: Program, facts: dict[str, Any]) -> list[str]:
    """Return what is wrong with the backtrace."""
    trace = _backtrace(program, facts)
    if trace is None:
        return [f"there is no backtrace of {program.thread}"]
    names = [frame["function"] or frame["symbol"] for frame in trace["frames"]]
    if trace["omitted"]:
        names.insert(trace["omitted_before"], "...")
    own = functions_in(program.source) | functions_in(START_CODE)
    calls = [name for name in names if name in own or name == "..."]
    complaints = [f"{name} of the library is not there" for name in program.library if name not in names]
    if not any(_matches(list(wanted), calls) for wanted in program.frames):
        wanted = " or ".join(" < ".join(frames) for frames in program.frames)
        complaints.append(f"wanted {wanted}, got {' < '.join(map(str, names))}")
    return complaints


def honest_complaints(program: Program, report: Report, witness: Witness) -> list[str]:
    """Return what is false in the report."""
    complaints = [f"says {wrong!r}" for wrong in program.never if _found(wrong, report.text)]
    return complaints + witness.lies(report.text, report.facts)


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.MULTILINE) is not None


def _names(text: str, place: Place, with_line: bool) -> bool:
    named = re.search(rf"\b{place.function}\b", text) is not None
    return named and (not with_line or place.line is None or re.search(rf":{place.line}\b", text) is not None)


def _has_cause(lines: list[str], cause: Cause, with_line: bool) -> bool:
    if cause.place is None:
        return _found(cause.says, "\n".join(lines))
    for number, line in enumerate(lines):
        around = "\n".join(lines[max(number - 1, 0) : number + 2])
        if _names(line, cause.place, with_line) and (not cause.says or _found(cause.says, around)):
            return True
    return False


def _shown(place: Place | None) -> str:
    if place is None:
        return "the words"
    return place.function if place.line is None else f"{place.function} (:{place.line})"


def _backtrace(program: Program, facts: dict[str, Any]) -> dict[str, Any] | None:
    trace: dict[str, Any] | None
    if program.thread:
        named = re.compile(rf"\b{program.thread}\b")
        threads = [thread for thread in facts["threads"] if named.search(f"{thread['name']} {thread.get('entry')}")]
        trace = threads[0]["backtrace"] if threads else None
    elif facts["fault"] is not None:
        trace = facts["fault"]["backtrace"]
    else:
        trace = facts["end"]["backtrace"]
    return trace


def _matches(wanted: list[str], calls: list[str]) -> bool:
    if not wanted:
        return not calls
    first, rest = wanted[0], wanted[1:]
    if first == "...":
        return any(_matches(rest, calls[skipped:]) for skipped in range(len(calls) + 1))
    if first.endswith("?") and _matches(rest, calls):
        return True
    return bool(calls) and _is(first.rstrip("?"), calls[0]) and _matches(rest, calls[1:])


def _is(wanted: str, name: str) -> bool:
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted
