"""Runs cases, in this process or in several, and gives their verdicts in the order of the cases.

Cases of one program run on one machine that starts again from its snapshot. Each worker keeps a few machines; batches
are made so that a program's cases go to one worker. What a batch gives depends on its cases only.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from emulator.annotations import TYPE_CHECKING, Any, NamedTuple
from emulator.errors import ConfigError, EmulatorError
from emulator.harness.case import Case
from emulator.harness.machine import Machine
from emulator.harness.result import Result
from emulator.harness.setup import FIELDS, Setup
from emulator.harness.verdict import Verdict, judge
from emulator.program_file import INPUT, printable, read_program_file

if TYPE_CHECKING:
    from emulator.exports.coverage import Coverage

KEPT_MACHINES = 4
"""Machines that a worker keeps: each has the memory of its board twice."""
BATCH = 16
"""Cases of one program that are given to a worker at once."""


class Build(NamedTuple):
    """What is compiled for a case, which several cases may share."""

    directory: str
    sources: tuple[str, ...]
    flags: tuple[str, ...]


class Workbench:
    """Machines and built programs for cases, bounded. ``close`` it at the end.

    With ``counts_lines`` it counts which source lines of the project the cases execute, for ``take_coverage``.
    """

    def __init__(self, counts_lines: bool = False) -> None:
        self._counts_lines = counts_lines
        self._coverage: Coverage = {}
        self._stack = ExitStack()
        self._machines: dict[Setup, Machine] = {}
        self._builds: dict[Build, str | ConfigError] = {}
        self._folder = ""

    def close(self) -> None:
        """Close the machines, and remove what was built."""
        for machine in self._machines.values():
            machine.close()
        self._machines.clear()
        self._stack.close()

    def verdict(self, case: Case, update: bool = False) -> Verdict:
        """Run a case. What does not let it run is a failure, too."""
        try:
            return judge(case, self.run(case), update)
        except EmulatorError as error:
            return Verdict(case, (str(error),))

    def run(self, case: Case) -> Result:
        """Return what the run of a case came to. Raises ConfigError and ImageError."""
        data = case.input
        if case.input_file is not None:
            data = read_program_file(case.directory / case.input_file, INPUT, may_be_empty=True)
        machine = self.machine(self.built(case), case.directory)
        return machine.run(data, max_instructions=case.max_instructions, trace=case.golden is not None)

    def machine(self, setup: Setup, directory: Path | None = None) -> Machine:
        """Return the machine of ``setup``; one that has run starts again by itself.

        ``directory`` is where its sources are, if lines are counted.
        """
        machine = self._machines.pop(setup, None)
        if machine is None:
            if len(self._machines) >= KEPT_MACHINES:
                oldest = self._machines.pop(next(iter(self._machines)))
                self._collect(oldest)
                oldest.close()
            machine = self._counting(setup, directory) or Machine(setup.programs, **_options(setup))
        self._machines[setup] = machine
        return machine

    def _counting(self, setup: Setup, directory: Path | None) -> Machine | None:
        """Return a machine that counts lines; None where nobody asks, or the program has none of the project's."""
        if not self._counts_lines or directory is None:
            return None
        try:
            return Machine(setup.programs, coverage=directory, **_options(setup))
        except ConfigError:
            return None

    def _collect(self, machine: Machine) -> None:
        if self._counts_lines:
            from emulator.exports.lcov import add_coverage

            add_coverage(self._coverage, machine.take_coverage())

    def take_coverage(self) -> Coverage:
        """Return what the cases since the last time have executed."""
        for machine in self._machines.values():
            self._collect(machine)
        found, self._coverage = self._coverage, {}
        return found

    def built(self, case: Case) -> Setup:
        """Return the setup of a case, whose sources are compiled. Raises ConfigError with what does not compile."""
        if not case.sources:
            return case.setup
        build = Build(str(case.directory), case.sources, case.flags)
        if build not in self._builds:
            try:
                self._builds[build] = self._compile(build)
            except ConfigError as error:
                self._builds[build] = error
        program = self._builds[build]
        if isinstance(program, ConfigError):
            raise program
        return case.setup._replace(programs=(program,))

    def _compile(self, build: Build) -> str:
        if not self._folder:
            self._folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="v7m-test-"))
        folder = Path(self._folder, str(len(self._builds)))
        folder.mkdir()
        program = folder / f"{Path(build.sources[0]).stem}.elf"
        compile_sources(build.sources, build.flags, Path(build.directory), program)
        return str(program)


def compile_sources(sources: Sequence[str], flags: Sequence[str], directory: Path, program: Path) -> None:
    """Compile ``sources``, which are in ``directory``, as ``v7m cc`` does. Raises ConfigError with the first errors."""
    import subprocess

    from emulator.harness import guest_objects
    from rtems_shim.building.toolchain import compile_program

    told: list[str] = []

    def link(command: list[str], cwd: Path | None) -> int:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, errors="replace")
        told.append(done.stderr)
        return done.returncode

    arguments = [*(flags or ("-g", "-O2")), *sources, "-o", str(program)]
    status = compile_program(arguments, cwd=directory, provide=guest_objects.provide, run=link)
    if status != 0:
        errors = [line for line in "\n".join(told).splitlines() if "error" in line or "undefined" in line]
        words = printable((errors or ["the compiler says nothing"])[0], 300)
        raise ConfigError(f"{', '.join(sources)} cannot be compiled: {words}")


def _options(setup: Setup) -> dict[str, Any]:
    return {name: getattr(setup, name) for name in FIELDS if name != "programs"}


# -- several processes -------------------------------------------------------------------------------------------------


def run_cases(
    cases: Sequence[Case], processes: int, update: bool = False, coverage: Coverage | None = None
) -> Iterator[Verdict]:
    """Yield the verdict of each case, in their order, as soon as it and those before it are known.

    What they execute of the project's sources is added to ``coverage``, when it is given.
    """
    batches = batches_of(cases)
    processes = min(processes, len(batches))
    if processes <= 1:
        bench = Workbench(coverage is not None)
        try:
            for case in cases:
                yield bench.verdict(case, update)
        finally:
            _add(coverage, bench.take_coverage())
            bench.close()
        return
    yield from _in_processes(cases, batches, processes, update, coverage)


def _add(coverage: Coverage | None, found: Coverage) -> None:
    if coverage is not None:
        from emulator.exports.lcov import add_coverage

        add_coverage(coverage, found)


def _in_processes(
    cases: Sequence[Case], batches: list[list[int]], processes: int, update: bool, coverage: Coverage | None
) -> Iterator[Verdict]:
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    found: dict[int, Verdict] = {}
    place = 0
    counts = coverage is not None
    with ProcessPoolExecutor(processes, initializer=_start_worker, initargs=(counts,)) as pool:
        started = {pool.submit(_run_batch, [cases[n] for n in batch], update): batch for batch in batches}
        try:
            for future in as_completed(started):
                try:
                    verdicts, executed = future.result()
                except BrokenProcessPool:
                    words = "a worker process was killed. Is there memory for --jobs of this number?"
                    raise ConfigError(words) from None
                _add(coverage, executed)
                found.update(zip(started[future], verdicts, strict=True))
                while place in found:
                    yield found.pop(place)
                    place += 1
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)  # else all the rest would run first
            raise


def batches_of(cases: Sequence[Case]) -> list[list[int]]:
    """Return the numbers of the cases in batches of one program each, the programs in their order."""
    groups: dict[tuple[Setup, tuple[str, ...], str], list[int]] = {}
    for number, case in enumerate(cases):
        groups.setdefault((case.setup, (*case.sources, *case.flags), str(case.directory)), []).append(number)
    return [group[n : n + BATCH] for group in groups.values() for n in range(0, len(group), BATCH)]


_bench: Workbench | None = None


def _start_worker(counts_lines: bool) -> None:
    """Make this process's workbench; Ctrl-C and the end of the terminal are the parent's business."""
    import atexit
    import signal

    global _bench
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # by which a pool ends its processes; the parent had a handler
    _bench = Workbench(counts_lines)
    atexit.register(_bench.close)


def _run_batch(cases: list[Case], update: bool) -> tuple[list[Verdict], Coverage]:
    assert _bench is not None
    return [_bench.verdict(case, update) for case in cases], _bench.take_coverage()


def usable_processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
