"""What is read from debug information: units, lines, functions, frame descriptions. It knows no encoding of them."""

from __future__ import annotations

from bisect import bisect_right

from emulator.annotations import Any
from emulator.debuginfo.source import SourceLine
from emulator.records import dataclass, field

HIGHEST_LINE = 1 << 31


class DwarfError(Exception):
    """The debug information is damaged or not understood. The message may be empty. Never leaves debug_info.py."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One compilation unit, [offset, end) of .debug_info. ``lines`` is the offset of its line program."""

    offset: int
    end: int
    lines: int | None
    ranges: list[tuple[int, int]]


@dataclass(slots=True)
class Sequence:
    """Rows for ascending addresses: row i holds from ``addresses[i]`` up to the next one; ``end`` closes the last."""

    addresses: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    end: int = 0


@dataclass(frozen=True, slots=True)
class LineTable:
    """The lines of one unit: sequences by start, and paths by file number."""

    sequences: list[Sequence]
    paths: list[str]

    def find(self, address: int) -> SourceLine | None:
        """Return the source line of ``address``; None outside the table and for code that belongs to no line."""
        index = bisect_right(self.sequences, address, key=lambda sequence: sequence.addresses[0]) - 1
        if index < 0 or address >= self.sequences[index].end:
            return None
        sequence = self.sequences[index]
        row = bisect_right(sequence.addresses, address) - 1
        if not 0 < sequence.lines[row] <= HIGHEST_LINE:
            return None  # 0 is for code that belongs to no line, others are damage
        return SourceLine(self.path(sequence.files[row]), sequence.lines[row])

    def path(self, file: int) -> str:
        """Return the path of file number ``file``, "?" when there is none."""
        return self.paths[file] if 0 <= file < len(self.paths) else "?"


@dataclass(frozen=True, slots=True)
class Scope:
    """The code of one function, or of one inlined copy of it and its call site. ``depth`` counts enclosing entries.

    ``call_file`` is a number of the unit's line table. ``function`` is "" where no name is recorded.
    """

    depth: int
    ranges: list[tuple[int, int]]
    inlined: bool
    call_file: int
    call_line: int
    function: str

    def start_around(self, address: int) -> int | None:
        """Return where the scope's range around ``address`` begins, None when the address is not in the scope."""
        return max((start for start, end in self.ranges if start <= address < end), default=None)


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame description of the code [start, end), the ``number``-th of its section.

    ``description`` is what pyelftools has of it, None where that was not read.
    """

    start: int
    end: int
    number: int
    description: Any = None
