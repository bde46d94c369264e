"""The conformance kit, which is a program of its own beside the tests: what they use of it, and what it must find."""

from __future__ import annotations

import sys
from pathlib import Path

KIT = Path(__file__).resolve().parents[2] / "conformance"
sys.path.insert(0, str(KIT))

from kit.build import BARE_FLAGS, CORE_FLAGS, RUNTIME, RUNTIME_SOURCES  # noqa: E402 - need the path above
from kit.judge import ABSENT, Judgement, Outcome, judge  # noqa: E402
from kit.known import Difference, Known, load_known  # noqa: E402
from kit.manifest import Manifest, Program, Row, load_manifest  # noqa: E402
from kit.report import markdown  # noqa: E402
from kit.runners import Runner, load_definitions  # noqa: E402
from kit.session import Results, run_program  # noqa: E402
from support.guest_run import GuestRun  # noqa: E402

__all__ = [
    "BARE_FLAGS",
    "CORE_FLAGS",
    "KIT",
    "RUNTIME",
    "RUNTIME_SOURCES",
    "Difference",
    "Judgement",
    "Known",
    "Manifest",
    "Outcome",
    "Program",
    "Results",
    "Row",
    "Runner",
    "cases",
    "judge",
    "load_definitions",
    "load_known",
    "load_manifest",
    "markdown",
    "outcome_of",
    "predicted",
    "predicted_results",
    "run_program",
]


def cases() -> list[tuple[Row, Program]]:
    """Return every (row, program)."""
    return [(row, program) for row in load_manifest().rows for program in row.programs]


def outcome_of(run: GuestRun) -> Outcome:
    """Return a run of this process as the kit sees runs."""
    end = "lockup" if run.lockup else f"exit {run.exit_code}"
    return Outcome(tuple(run.lines), end, run.detail)


def predicted(row: Row, program: Program, known: Known) -> Outcome:
    """Return what a runner with these differences prints: the expected lines, but for those that are known."""
    lines = {(number, want): found for number, want, found in known.lines}
    ends = {(name, want): found for name, want, found in known.ends}
    printed = [lines.get((row.number, want), want) for want in program.expected()]
    end = ends.get((program.name, program.end), ends.get(("", program.end), program.end))
    return Outcome(tuple(line for line in printed if line != ABSENT), end)


def predicted_results(runners: list[Runner]) -> Results:
    """Return all that runners find that differ from the manual exactly as is known of them."""
    manifest = load_manifest()
    judgements = {
        (runner.name, program.name): judge(row, program, predicted(row, program, runner.known), runner.known)
        for runner in runners
        for row, program in cases()
    }
    return Results(manifest.manual, manifest.rows, tuple(runners), {}, judgements)
