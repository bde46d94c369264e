"""Builds the program that plays scenarios, runs it on QEMU or here, and reads what it wrote."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from differential.lab.scenario import Scenario
from support.arm_gcc import MACHINES, build_bare
from support.guest_run import GuestRun

LAB = Path(__file__).parent
FIRST_SCENARIO = 0x200C_0000
BEGIN, ENTRY, EXIT, FP, DONE = 0xBB_0000, 0xE0_0000, 0xF0_0000, 0xFC_0000, 0xDD_0000
WORD_NAMES = {
    ENTRY: (
        *("entry", "EXC_RETURN", "MSP", "PSP", "ICSR", "SHCSR", "CFSR", "HFSR", "MMFAR", "BFAR", "masks", "CONTROL"),
        *("frame LR", "frame PC", "frame xPSR", "FPCCR", "FPCAR", "ISPR", "IABR", "CCR"),
    ),
    EXIT: ("exit", "EXC_RETURN"),
    FP: ("FP registers", "FPSCR", "S0", "S20"),
    DONE: ("end", "left pending or active", "IPSR", "sum of the probes"),
}
Record = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scenario ended and the records it wrote.

    ``clean``, ``unclean`` (it left something active), ``runaway`` (too many exceptions), ``lockup``, ``stuck`` (it did
    not end), ``astray`` (it ran into the program that plays it).
    """

    end: str
    records: tuple[Record, ...]

    @property
    def entries(self) -> list[int]:
        """The exceptions that were taken."""
        return [record[0] & 0x1FF for record in self.records if record[0] >> 8 == ENTRY]

    @property
    def causes(self) -> int:
        """All bits of CFSR that a handler saw."""
        seen = 0
        for record in self.records:
            seen |= record[6] if record[0] >> 8 == ENTRY and len(record) > 6 else 0
        return seen

    def first_difference(self, other: Outcome) -> int:
        """Return the index of the first record that differs; that of the end when all do not."""
        pairs = enumerate(zip(self.records, other.records, strict=False))
        shorter = min(len(self.records), len(other.records))
        return next((number for number, (mine, theirs) in pairs if mine != theirs), shorter)

    def differences(self, other: Outcome) -> list[str]:
        """Return what differs in the first record that does: here, then there."""
        if self == other:
            return []
        number = self.first_difference(other)
        before = f"exceptions entered until then: {Outcome('', self.records[:number]).entries}"
        mine, theirs = (outcome.records[number : number + 1] for outcome in (self, other))
        if not mine or not theirs:
            return [f"end: {self._rest(number)} / {other._rest(number)}", before]
        if mine[0][0] != theirs[0][0] or len(mine[0]) != len(theirs[0]):
            return [f"record: {_heading(mine[0])} / {_heading(theirs[0])}", before]
        names = WORD_NAMES[mine[0][0] >> 8]
        triples = zip(names, mine[0], theirs[0], strict=True)
        lines = [f"{name} of {_heading(mine[0])}: {a:#010x} / {b:#010x}" for name, a, b in triples if a != b]
        return [*lines, before]

    def _rest(self, number: int) -> str:
        return _heading(self.records[number]) if number < len(self.records) else self.end


def _heading(record: Record) -> str:
    name = WORD_NAMES[record[0] >> 8][0]
    return f"{name} {record[0] & 0xFF}" if record[0] & 0xFF else name


def build(scenarios: Sequence[Scenario], core: str, folder: Path) -> Path:
    """Build the program that plays ``scenarios``."""
    table = """
        .section .cases, "a"
        .balign 4
        .global scenario_count, scenarios
    scenario_count: .word {count}
    scenarios: .incbin "scenarios.bin"
    """
    generated: dict[str, str | bytes] = {
        "table.S": table.format(count=len(scenarios)),
        "scenarios.bin": b"".join(scenario.packed() for scenario in scenarios),
    }
    flags = [f"-L{LAB}", f"-I{LAB}", "-mgeneral-regs-only", "-g0"]
    sources = [LAB / name for name in ("scenario.c", "scenario_actions.c", "scenario_handler.c", "scenario.S")]
    return build_bare(sources, core, generated=generated, layout="lab.ld", flags=flags, folder=folder)


class Runner(Protocol):
    """``run_qemu`` or ``run_ours``."""

    def __call__(self, elf: Path, machine: str, *, loads: Mapping[int, int]) -> GuestRun:
        """Run ``elf`` on ``machine`` with ``loads`` in memory."""


ENDS = {0: "clean", 2: "unclean", 3: "runaway"}


def play(elf: Path, core: str, count: int, runner: Runner) -> list[Outcome]:
    """Run a built program, again after each scenario that ends a run, and return every scenario's outcome."""
    outcomes: list[Outcome] = []
    while len(outcomes) < count:
        done = runner(elf, MACHINES[core], loads={FIRST_SCENARIO: len(outcomes)})
        played = _played(list(_records(done.console)), len(outcomes))
        assert played, f"the run from scenario {len(outcomes)} wrote nothing: {done.detail}"
        if played[-1].end != "astray":
            end = "lockup" if done.lockup else ENDS.get(-1 if done.exit_code is None else done.exit_code, "stuck")
            played[-1] = replace(played[-1], end=end)
        outcomes += played
    return outcomes


def _played(records: Sequence[Record], first: int) -> list[Outcome]:
    """Return the outcomes in a run that began with scenario ``first``; what a scenario astray wrote ends it."""
    outcomes: list[Outcome] = []
    starts = [number for number, record in enumerate(records) if record[0] >> 8 == BEGIN]
    for expected, (start, stop) in enumerate(pairwise([*starts, len(records)]), first):
        if records[start][1] != expected:
            outcomes[-1] = replace(outcomes[-1], end="astray")
            break
        outcomes.append(Outcome("clean", tuple(records[start + 1 : stop])))
    return outcomes


def _records(console: bytes) -> Iterator[Record]:
    words = struct.unpack(f"<{len(console) // 4}I", console[: len(console) & ~3])
    start = 0
    while start < len(words):
        kind = words[start] >> 8
        assert kind == BEGIN or kind in WORD_NAMES, f"{words[start]:#x} begins no record"
        stop = start + (2 if kind == BEGIN else len(WORD_NAMES[kind]))
        yield words[start:stop]
        start = stop
