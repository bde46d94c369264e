"""Runs the programs of rows with runners and collects the judgements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kit.command_runner import run_command
from kit.errors import KitError
from kit.gdb_runner import run_gdb
from kit.judge import Judgement, Outcome, judge
from kit.manifest import Manifest, Program, Row
from kit.processes import run
from kit.runners import Runner

_VERSION_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Results:
    """``judgements`` is by (runner's name, program's name); ``versions`` by runner's name."""

    manual: str
    rows: tuple[Row, ...]
    runners: tuple[Runner, ...]
    versions: dict[str, str]
    judgements: dict[tuple[str, str], Judgement]

    def of(self, runner: Runner, row: Row) -> list[Judgement]:
        """Return the judgements of a row's programs."""
        return [self.judgements[runner.name, program.name] for program in row.programs]

    def runners_differ(self, row: Row) -> bool:
        """Whether two runners printed, or ended, otherwise where both ran a program."""
        for program in row.programs:
            outcomes = [self.judgements[runner.name, program.name].outcome for runner in self.runners]
            if len({(outcome.lines, outcome.end) for outcome in outcomes if outcome}) > 1:
                return True
        return False


Progress = Callable[[Runner, int, int, Judgement | None], None]
"""Called before the first program (None) and after each: the runner, how many are done, of how many."""


def run_program(runner: Runner, program: Program, factor: float = 1) -> Outcome:
    """Run one program, with ``factor`` times its time limit. Raises KitError when the runner does not work."""
    seconds = program.seconds * factor
    return (run_gdb if runner.kind == "gdb" else run_command)(runner, program, seconds)


def probe(runner: Runner, program: Program, factor: float = 1) -> None:
    """Run the program that every core can run. Raises KitError when its console or its end does not arrive."""
    if runner.machines and program.machine not in runner.machines:
        program = replace(program, machine=next(iter(runner.machines)))
    outcome = run_program(runner, program, factor)
    if list(outcome.lines) == program.expected() and outcome.end == program.end:
        return
    printed = f"printed {outcome.lines[0]!r}" if outcome.lines else "printed nothing"
    detail = f": {outcome.detail}" if outcome.detail else ""
    raise KitError(f"runner {runner.name} does not run programs: {program.name} {printed}, {outcome.end}{detail}")


def run_all(
    manifest: Manifest, rows: Sequence[Row], runners: Sequence[Runner], progress: Progress, factor: float = 1
) -> Results:
    """Probe every runner, then run every program with each. Raises KitError."""
    for program in (manifest.probe, *(program for row in rows for program in row.programs)):
        program.check()
    versions = {runner.name: _version(runner) for runner in runners}
    for runner in runners:
        probe(runner, manifest.probe, factor)
    judgements = {}
    total = sum(len(row.programs) for row in rows)
    for runner in runners:
        progress(runner, 0, total, None)
        done = 0
        for row in rows:
            for program in row.programs:
                done += 1
                judgement = _judged(runner, row, program, factor)
                judgements[runner.name, program.name] = judgement
                progress(runner, done, total, judgement)
    return Results(manifest.manual, tuple(rows), tuple(runners), versions, judgements)


def _judged(runner: Runner, row: Row, program: Program, factor: float) -> Judgement:
    if reason := runner.cannot_run(program):
        return Judgement(program, None, skipped=reason)
    return judge(row, program, run_program(runner, program, factor), runner.known)


def _version(runner: Runner) -> str:
    if not runner.version:
        return ""
    done = run(runner.version, _VERSION_SECONDS)
    return next(iter(done.output.decode("utf-8", "replace").splitlines()), "")
