"""Programs that this build, the build before (``--before``) and QEMU run in turn, and what is wanted of the ratios.

Whole processes in processor time, less the start of each side. A target of None: the figure is reported.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.builds import Build
from bench.measure import Ratio, processor_time
from bench.sides import PROGRAMS, Qemu, qemu_startup
from bench.workloads import microseconds, program, seconds


@dataclass(frozen=True)
class Case:
    """One program. ``before`` and ``qemu`` are the targets; no row against QEMU without ``has_qemu``."""

    name: str
    source: str
    defines: Mapping[str, int]
    before: float | None = None
    qemu: float | None = None
    arguments: tuple[str, ...] = ()
    icount: int | None = None
    has_qemu: bool = True
    is_shim: bool = False
    peer_defines: Mapping[str, int] = field(default_factory=dict)
    """What QEMU's program is built with instead."""

    def elf(self, build: Build) -> Path:
        """Build the program for ``build``."""
        if not self.is_shim:
            return program(self.source, **self.defines)
        flags = [f"-D{key}={value}" for key, value in self.defines.items()]
        return build.compile_shim(PROGRAMS / f"{self.source}.c", flags)

    def side(self, build: Build) -> Callable[[], float]:
        """Return what runs the program on ``build`` and gives its seconds."""
        elf = self.elf(build)
        return lambda: build.seconds(elf, *self.arguments)

    def peer(self) -> Callable[[], float]:
        """Return what runs the program on QEMU and gives its seconds."""
        elf = program(self.source, **{**self.defines, **self.peer_defines})
        return Qemu(elf, self.icount, qemu_startup(processor_time), processor_time)


def ratio(
    workload: str, peer: str, ours: Sequence[float], theirs: Sequence[float], target: float | None,
    unit: Callable[[float], str] = seconds,
) -> Ratio:  # fmt: skip
    """Return the ratio of the medians, bounded by the ratios of single rounds."""
    single = [their / our for our, their in zip(ours, theirs, strict=True)]
    our, their = statistics.median(ours), statistics.median(theirs)
    return Ratio(workload, peer, their / our, min(single), max(single), target, unit(our), unit(their))


def alternate(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure all sides in turn, ``rounds`` times."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            found[name].append(side())
    return found


def measure_case(case: Case, rounds: int, ours: Build, before: Build | None) -> list[Ratio]:
    """Return a row against the build before and one against QEMU, of those that there are."""
    emulator = "QEMU" if case.icount is None else "QEMU -icount"
    sides = {"ours": case.side(ours)}
    targets = {}
    if before is not None:
        sides["build before"] = case.side(before)
        targets["build before"] = case.before
    if case.has_qemu and not case.is_shim:
        sides[emulator] = case.peer()
        targets[emulator] = case.qemu
    found = alternate(sides, rounds)
    return [ratio(case.name, peer, found["ours"], found[peer], target) for peer, target in targets.items()]


SPEED = {
    "as-before": [
        Case("compute", "compute", {"ROUNDS": 60}, before=0.97),
        Case("calls", "calls", {"ROUNDS": 200}, before=0.97),
        Case("kernel with a tick", "kernel", {"SWITCHES": 8000}, before=0.97, icount=5, peer_defines={"TICK": 16000}),
        Case("PendSV switch, bare", "pingpong", {"YIELDS": 100_000}, before=0.97),
        Case("PendSV switch, shim", "yields", {"YIELDS": 15_000}, before=0.97, is_shim=True),
    ],
    "straight": [
        Case(f"a block of {length}", "straight", {"LENGTH": length}, qemu=0.4) for length in (200, 210, 220, 500, 1000)
    ],
    "crypto": [
        Case("SHA-256", "sha256", {"BLOCKS": 50_000}, qemu=0.4),
        Case("AES", "aes", {"BLOCKS": 500_000}, qemu=0.4),
    ],
    "records": [Case("LDRD, STRD, LDM, STM", "records", {"ROUNDS": 5000}, before=1.5)],
    "poll": [
        Case(f"polls {name}", "poll", {"WHAT": what, "COUNT": 400_000}, before=8, arguments=arguments,
             has_qemu=what != 4)
        for what, name, arguments in (
            (1, "SYST_CVR", ()), (2, "COUNTFLAG", ()), (3, "a UART's flags", ()),
            (4, "an absent register", ("--lenient",)), (5, "ICSR", ()),
        )
    ],
    "clock": [Case("clock_gettime", "clock", {"COUNT": 50_000}, before=3, is_shim=True)],
    "modes": [
        Case("modules: MPU_CTRL around each call", "modules", {"CALLS": 4000}, qemu=0.2, icount=0),
        Case("user mode: SVC, three regions", "usermode", {"CALLS": 40_000}, qemu=0.2, icount=0),
    ],
    "mix": [
        Case("lists, matrices, states, CRC", "coremix", {"ROUNDS": 6000}, before=1.3),
        Case("small kernels", "embedmix", {"ROUNDS": 2000}, before=1.3),
    ],
}  # fmt: skip

MAPS = (32, 33, 65, 256)
MAP_RATIO = 1 / 1.3


def _switch(build: Build, tasks: int, is_shim: bool, switches: int) -> Callable[[], float]:
    """Return what gives the seconds of one switch among ``tasks`` maps, once all have been in force."""
    name, count, few = ("scaling", "YIELDS", 3 * tasks) if is_shim else ("maps", "SWITCHES", 2 * tasks)
    key = "THREADS" if is_shim else "TASKS"
    cases = [Case(name, name, {key: tasks, count: n}, is_shim=is_shim) for n in (few + switches, few)]
    many, start = (case.side(build) for case in cases)
    return lambda: max(many() - start(), 1e-6) / switches


def maps(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
    """A switch with so many maps: against 32 of them, and against the build before."""
    rows = []
    for kind in ("bare", "shim"):
        is_shim = kind == "shim"
        sides = {str(n): _switch(ours, n, is_shim, size // 2 if is_shim else size) for n in MAPS}
        if before is not None:  # beyond 32 it may take a hundred times as long
            sides |= {f"before {n}": _switch(before, n, is_shim, size // (16 if n > MAPS[0] else 2)) for n in MAPS}
        found = alternate(sides, rounds)
        for n in MAPS:
            name = f"a switch, {n} maps, {kind}"
            if n != MAPS[0]:
                rows.append(ratio(name, "32 maps", found[str(n)], found["32"], MAP_RATIO, microseconds))
            if before is not None:
                rows.append(ratio(name, "build before", found[str(n)], found[f"before {n}"], None, microseconds))
    return rows


def traced(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
    """The kernel with a tick and an event trace: against the build before, and against itself untraced."""
    with tempfile.TemporaryDirectory(prefix="v7m-bench-") as folder:
        trace = ("--trace", str(Path(folder) / "trace.jsonl"))
        case = Case("kernel, traced", "kernel", {"SWITCHES": size}, arguments=trace)
        sides = {"ours": case.side(ours), "untraced": Case("", "kernel", {"SWITCHES": size}).side(ours)}
        if before is not None:
            sides["build before"] = case.side(before)
        found = alternate(sides, rounds)
        targets = {"build before": 3.0, "untraced": 1 / 1.25}
        return [ratio(case.name, peer, found["ours"], found[peer], targets[peer]) for peer in sides if peer != "ours"]


def start(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
    """Cold start: whole processes of a program that prints a line and ends."""
    if before is None:
        return []
    elf = program("hello")
    found = alternate({"ours": lambda: ours.run(elf), "before": lambda: before.run(elf)}, rounds * size)
    return [ratio("cold start", "build before", found["ours"], found["before"], 0.97)]


def _mebibytes(kib: float) -> str:
    return f"{kib / 1024:.0f} MiB"


def block_memory(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
    """Memory of a guest that executes at every halfword of ``size`` MiB, above one that only fills them."""
    many = ours.peak_memory(program("halfwords", MIB=size))
    above = max(many - ours.peak_memory(program("halfwords", MIB=size, EXECUTED=1)), 1.0)
    return [ratio(f"every halfword of {size} MiB executed", "64 MiB", [above], [64 * 1024.0], 1.0, _mebibytes)]


def self_modify(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
    """Memory of ``size`` self-modifications, against that of a hundredth."""
    many, few = (ours.peak_memory(program("selfmodify", COUNT=count)) for count in (size, size // 100))
    return [ratio(f"{size:,} self-modifications", f"{size // 100:,}", [many], [few], 1 / 1.05, _mebibytes)]


def _speed(name: str) -> Callable[[int, int, Build, Build | None], list[Ratio]]:
    def measure(rounds: int, size: int, ours: Build, before: Build | None) -> list[Ratio]:
        return [row for case in SPEED[name] for row in measure_case(case, rounds, ours, before)]

    return measure


CASES = {name: (_speed(name), 1) for name in SPEED} | {
    "maps": (maps, 40_000),
    "traced": (traced, 8000),
    "start": (start, 7),
}
LONG = {"block-memory": (block_memory, 16), "self-modify": (self_modify, 1_000_000)}
"""Minutes each: measured when they are named."""
