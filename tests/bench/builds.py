"""Builds of the emulator that the benchmarks compare: this one, and one of another revision in a temporary folder.

A build is run as a whole process, by its command: that is what two revisions have in common. Its time is processor
time, less what the same build needs for a program that ends at once.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import BytesIO
from pathlib import Path

from bench.measure import processor_time, timed
from bench.sides import PROGRAMS
from support.arm_gcc import build_bare

ROOT = Path(__file__).parents[2]
PEAK_SCRIPT = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process of its own, because a child's peak begins with what its parent needed."""


class Build:
    """The emulator whose packages are in ``folder``."""

    def __init__(self, folder: Path = ROOT) -> None:
        self.folder = folder
        self._compile()

    def _compile(self) -> None:
        command = [sys.executable, "-m", "compileall", "-q", "emulator", "rtems_shim"]
        subprocess.run(command, check=True, cwd=self.folder)

    def command(self, elf: Path, *arguments: str) -> list[str]:
        """Return the command that runs ``elf``."""
        return [sys.executable, "-m", "emulator.cli.main", "run", *arguments, str(elf)]

    def run(self, elf: Path, *arguments: str) -> float:
        """Return the processor seconds of the whole process; raises CalledProcessError unless the program succeeds."""
        command = self.command(elf, *arguments)
        return timed(
            lambda: subprocess.run(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=1200
            ),
            processor_time,
        )

    def seconds(self, elf: Path, *arguments: str) -> float:
        """Return the processor seconds of the program, without those of a start."""
        return max(self.run(elf, *arguments) - self.startup, 1e-4)

    @cached_property
    def startup(self) -> float:
        """Processor seconds of a program that ends at once: the median of nine."""
        elf = build_bare([PROGRAMS / "hello.c", PROGRAMS / "memory.c"], "m4f", "-O2")
        return statistics.median(self.run(elf) for _ in range(9))

    def peak_memory(self, elf: Path) -> float:
        """Return the KiB of memory that running ``elf`` needs at the most."""
        command = [sys.executable, "-S", "-c", PEAK_SCRIPT, *self.command(elf)]
        return float(subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout)

    @cached_property
    def _programs(self) -> tempfile.TemporaryDirectory[str]:
        """What was compiled for this build; it goes with it."""
        return tempfile.TemporaryDirectory(prefix="v7m-bench-")

    def compile_shim(self, source: Path, flags: list[str]) -> Path:
        """Build a program against this build's own guest side."""
        output = Path(tempfile.mkdtemp(dir=self._programs.name)) / f"{source.stem}.elf"
        command = [sys.executable, "-m", "emulator.cli.main", "cc", "-O2", *flags, str(source), "-o", str(output)]
        subprocess.run(command, cwd=self.folder, check=True)
        return output


@contextmanager
def build_of(revision: str) -> Iterator[Build]:
    """Build a revision of this repository in a temporary folder, which goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="v7m-before-") as folder:
        archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        yield Build(Path(folder))
