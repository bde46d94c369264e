"""The checklist of ARMv7-M behaviours: its rows, the programs that show them, and what each must print."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.arm_gcc import MACHINES, build_bare
from support.guest_run import GuestRun

CHECKLIST = Path(__file__).parents[1] / "differential" / "checklist"


@dataclass(frozen=True, slots=True)
class Program:
    """One program of a row for one core. ``end`` is ``exit`` (code 0) or ``lockup``."""

    name: str
    core: str
    layout: str
    end: str

    def __str__(self) -> str:
        return f"{self.name}-{self.core}"

    @property
    def machine(self) -> str:
        """The board that runs it."""
        return MACHINES[self.core]

    def build(self) -> Path:
        """Return its ELF."""
        return build_bare([CHECKLIST / f"{self.name}.c"], self.core, layout=self.layout)

    def expected(self) -> list[str]:
        """Return the lines that the manual expects."""
        return (CHECKLIST / "expected" / f"{self}.txt").read_text().splitlines()


@dataclass(frozen=True, slots=True)
class Row:
    """A row. ``differences`` maps an expected line to what QEMU prints in its place and the id of the reason."""

    number: int
    title: str
    section: str
    programs: tuple[Program, ...]
    differences: dict[str, tuple[str, str]] = field(default_factory=dict)


@functools.cache
def rows() -> tuple[Row, ...]:
    """Return the rows of checklist.toml in their order."""
    tables = tomllib.loads((CHECKLIST / "checklist.toml").read_text())["row"]
    return tuple(_row(table) for table in tables)


def _row(table: dict[str, object]) -> Row:
    programs = [
        Program(p["name"], core, p.get("layout", "mps2.ld"), p.get("end", "exit"))
        for p in table["programs"]  # type: ignore[attr-defined]
        for core in p.get("cores", ["m4f"])
    ]
    differences = {d["here"]: (d["qemu"], d["id"]) for d in table.get("difference", ())}  # type: ignore[attr-defined]
    return Row(int(str(table["number"])), str(table["title"]), str(table["section"]), tuple(programs), differences)


def cases() -> list[tuple[Row, Program]]:
    """Return every (row, program)."""
    return [(row, program) for row in rows() for program in row.programs]


@dataclass(frozen=True, slots=True)
class Judgement:
    """``problems`` are the lines that nothing explains; ``met`` the ids of the known differences, one a line."""

    problems: tuple[str, ...]
    met: tuple[str, ...]


def judge(row: Row, program: Program, run: GuestRun, allow_known: bool) -> Judgement:
    """Compare a run with the manual's expectation; ``allow_known`` accepts the row's known differences (QEMU's)."""
    expected, got = program.expected(), run.lines
    problems, met = [], []
    ended = "lockup" if run.lockup else f"exit {run.exit_code}"
    wanted = "lockup" if program.end == "lockup" else "exit 0"
    if ended != wanted:
        problems.append(f"it ended by {ended}, not {wanted}: {run.detail}")
    elif allow_known and run.lockup:
        met.append("Q-12")
    if len(got) != len(expected):
        problems.append(f"{len(got)} lines instead of {len(expected)}")
    for number, (want, have) in enumerate(zip(expected, got, strict=False), 1):
        if want == have:
            continue
        other, identifier = row.differences.get(want, (None, ""))
        if allow_known and have == other:
            met.append(identifier)
        else:
            problems.append(f"line {number}: expected {want!r}, got {have!r}")
    return Judgement(tuple(problems), tuple(met))


def table(run_here: Callable[[Program], GuestRun], run_qemu: Callable[[Program], GuestRun]) -> str:
    """Return docs/checklist.md, from runs of every program here and on QEMU."""
    lines = [
        "# ARMv7-M behaviours that emulators get wrong",
        "",
        "Each row has one or more programs in `tests/differential/checklist/`, with the lines that ARM DDI 0403E.e",
        "expects of them. This table is what the programs printed here and on Debian's qemu-system-arm 7.2;",
        "`python tests/differential/checklist_table.py` makes it. `Q-` numbers are entries of",
        "[known-differences.md](known-differences.md).",
        "",
        "| Row | Behaviour | Manual | Lines | Here | QEMU |",
        "|---:|---|---|---:|---|---|",
    ]
    for row in rows():
        here = [judge(row, program, run_here(program), False) for program in row.programs]
        qemu = [judge(row, program, run_qemu(program), True) for program in row.programs]
        count = sum(len(program.expected()) for program in row.programs)
        lines.append(f"| {row.number} | {row.title} | {row.section} | {count} | {_verdict(here)} | {_verdict(qemu)} |")
    return "\n".join(lines) + "\n"


def _verdict(judgements: Sequence[Judgement]) -> str:
    problems = sum(len(judgement.problems) for judgement in judgements)
    met = [identifier for judgement in judgements for identifier in judgement.met]
    words = [f"{met.count(identifier)} x {identifier}" for identifier in sorted(set(met))]
    if problems:
        words.append(f"**{problems} unexplained**")
    return "differs: " + ", ".join(words) if words else "as expected"
