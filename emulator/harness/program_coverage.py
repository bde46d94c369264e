"""What of a program's sources its runs have executed, for exports/coverage.py to count."""

from __future__ import annotations

from pathlib import Path

from emulator.debuginfo.source import shown_source
from emulator.errors import ConfigError
from emulator.exports.coverage import Coverage, coverage_of
from emulator.harness.project_files import GUEST_SIDE, project_file
from emulator.machine.machine import Machine

LEFT_OUT = (GUEST_SIDE, "newlib/libc/")
"""Where debug information says that the start-up code and the C library of ``v7m cc`` are: nobody tests those."""


class ProgramCoverage:
    """Counts what ``machine`` executes, which has not run yet, of the program in ``directory``.

    The files are those of the project: below the current directory. Raises ConfigError where there are none.
    """

    def __init__(self, machine: Machine, directory: Path) -> None:
        self._image = machine.image
        self._directory = directory
        self._listing = machine.image.listing()
        if not self._listing.rows:
            raise ConfigError(f"coverage: {self._image.name} has no source lines. Compile it with -g.")
        paths = {row.path for row in self._listing.rows}
        if not any(map(self._name_of, sorted(paths))):
            remedy = "Run this where it was compiled."
            raise ConfigError(f"coverage: no source file of {self._image.name} is below this directory. {remedy}")
        self._counter = machine.engine.block_hook.count_blocks()

    def _name_of(self, path: str) -> str | None:
        is_ours = not shown_source(path).startswith(LEFT_OUT)
        return project_file(path, self._directory) if is_ours else None

    def coverage(self) -> Coverage:
        """Return what all runs so far have executed together."""
        return coverage_of(self._image, self._listing, self._counter.counts(), self._name_of)

    def take(self) -> Coverage:
        """Return what the runs since the last time have executed together."""
        found = self.coverage()
        self._counter.forget()
        return found

    @property
    def left_out(self) -> int:
        """How many blocks of code were not counted, because the program made too many."""
        return self._counter.counts().left_out
