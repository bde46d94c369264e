"""What the debug information of one program says about an address. Damage ends as one warning and "unknown".

It is read by debug_reader.py, as far as a look-up needs it: one unit's lines, its functions, one frame section.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from operator import attrgetter, itemgetter

from emulator.annotations import TypeVar
from emulator.debuginfo.debug_index import DebugIndex
from emulator.debuginfo.debug_reader import DebugReader
from emulator.debuginfo.debug_tables import HIGHEST_LINE, DwarfError, Frame, LineTable, Scope, Unit
from emulator.debuginfo.source import CodeFunction, CodeRow, Layout, SourceFrame, SourceLine, UnwindRow, Variable

_Found = TypeVar("_Found")

_LINES = "line information"
_FRAMES = "frame information"
_TYPES = "type information"


class DebugInfo:
    """Look-ups by address; each reads what it needs once and keeps it.

    ``section`` returns (address, contents) of a section of the file, contents b"" when there is none. ``warn`` is told
    of damage. ``code_at_zero`` says whether the program has a function at address 0; if not, ranges that start there
    belong to functions the linker removed, whose addresses it set to 0. ``index`` holds what was read before, and
    gets what is read now.
    """

    def __init__(
        self,
        section: Callable[[str], tuple[int, bytes]],
        warn: Callable[[str], None],
        code_at_zero: Callable[[], bool],
        index: DebugIndex,
    ) -> None:
        self._reader = DebugReader(section, index)
        self._warn = warn
        self._code_at_zero = code_at_zero
        self._warned_of: set[str] = set()
        # What was tried and found damaged is there and empty, so it is neither read nor reported again.
        self._line_tables: dict[int, LineTable | None] = {}
        self._scopes: dict[int, list[Scope]] = {}
        self._frames: dict[str, list[Frame]] = {}

    def source_line(self, address: int) -> SourceLine | None:
        """Return the source line of the instruction at ``address``, None where unknown."""
        unit = self._unit_at(address)
        table = self._line_table(unit) if unit else None
        return table.find(address) if table else None

    def source_frames(self, address: int) -> list[SourceFrame]:
        """Return the functions whose code the instruction at ``address`` is, innermost first; [] where unknown.

        Where the line is known but the functions are not, that is one frame without a function's name.
        """
        unit = self._unit_at(address)
        table = self._line_table(unit) if unit else None
        here = table.find(address) if table else None
        if unit is None or table is None or here is None:
            return []
        path, line = here.path, here.line
        frames = []
        for scope in _call_chain(self._unit_scopes(unit), address):
            frames.append(SourceFrame(scope.function, path, line))
            path, line = table.path(scope.call_file), scope.call_line
        return frames or [SourceFrame("", path, line)]

    def unwind(self, address: int) -> UnwindRow | None:
        """Return how to leave the frame at ``address``, None where unknown."""
        return self._unwind(".debug_frame", address) or self._unwind(".eh_frame", address)

    def _unwind(self, name: str, address: int) -> UnwindRow | None:
        frames = self._frames_of(name)
        index = bisect_right(frames, address, key=attrgetter("start")) - 1
        if index < 0 or address >= frames[index].end:
            return None
        rows = self._guarded(lambda: self._reader.unwind_rows(name, frames[index]), _FRAMES) or []
        held = None
        for start, row in rows:
            if start > address:
                break
            held = row
        return held

    # -- all of it --------------------------------------------------------------------------------------------------

    def rows(self) -> Iterator[CodeRow]:
        """Yield the source lines of all code that has one, unit by unit, by address within a sequence."""
        for unit in self._units:
            table = self._line_table(unit)
            if table is None:
                continue
            cuts, innermost = _innermost_scopes(self._unit_scopes(unit))
            for sequence in table.sequences:
                ends = [*sequence.addresses[1:], sequence.end]
                for row, (start, end) in enumerate(zip(sequence.addresses, ends, strict=True)):
                    line = sequence.lines[row]
                    if start < self._lowest or not start < end or not 0 < line <= HIGHEST_LINE:
                        continue
                    path = table.path(sequence.files[row])
                    inner = cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]
                    for first, last in pairwise([start, *inner, end]):
                        yield CodeRow(first, last, path, line, (unit.offset, innermost[bisect_right(cuts, first)]))

    def functions(self) -> Iterator[CodeFunction]:
        """Yield the functions that have code of their own, unit by unit in file order."""
        for unit in self._units:
            table = self._line_table(unit)
            for scope in self._unit_scopes(unit):
                start = scope.ranges[0][0]
                line = table.find(start) if table is not None else None
                if not scope.inlined and scope.function and line is not None and start >= self._lowest:
                    yield CodeFunction(scope.function, start, tuple(scope.ranges), line.path, line.line)

    # -- types -------------------------------------------------------------------------------------------------------

    def layouts(self, address: int, names: tuple[str, ...]) -> dict[str, Layout]:
        """Return the layouts of the structures that bear ``names``, as the code at ``address`` knows them.

        Where its unit does not know one, as after optimization at link time, the other units are asked in their order.
        Names that nobody knows are missing.
        """
        here = self._unit_at(address)
        units = [here] if here is not None else []
        units += [unit for unit in self._units if unit is not here]
        found: dict[str, Layout] = {}
        for unit in units:
            missing = tuple(name for name in names if name not in found)
            if not missing:
                break
            found |= self._guarded(lambda: self._reader.layouts(unit, self._units, missing), _TYPES) or {}  # noqa: B023
            if _TYPES in self._warned_of:
                break
        return found

    def variable(self, address: int, name: str, offset: int) -> tuple[Variable, str] | None:
        """Return the variable ``name``, or its part, at ``offset``, as the code at ``address`` knows it, and its file.

        Without a name: the local one that is ``offset`` bytes from the canonical address of the frame of that code.
        """
        unit = self._unit_at(address)
        if unit is None:
            return None
        read = lambda: self._reader.variable(unit, self._units, address, name, offset)  # noqa: E731
        found = self._guarded(read, _TYPES)
        table = self._line_table(unit)
        return None if found is None else (found, table.path(found.file) if table is not None and found.file else "")

    # -- reading ----------------------------------------------------------------------------------------------------

    def _guarded(self, read: Callable[[], _Found], what: str) -> _Found | None:
        try:
            return read()
        except DwarfError as error:
            self._warn_of(what, error)
            return None

    def _warn_of(self, what: str, error: DwarfError) -> None:
        """Report the first damage of a kind; what follows from it would only repeat it."""
        if what in self._warned_of:
            return
        self._warned_of.add(what)
        reason = f" ({error})" if str(error) else ""
        self._warn(f"{what} is damaged or not understood{reason}; some of it is not shown")

    @cached_property
    def _lowest(self) -> int:
        """The lowest address that code can have."""
        return 0 if self._code_at_zero() else 1

    @cached_property
    def _units(self) -> list[Unit]:
        units, damage = self._guarded(self._reader.units, _LINES) or ([], [])
        for error in damage:
            self._warn_of(_LINES, error)
        return units

    @cached_property
    def _unit_ranges(self) -> list[tuple[int, int, Unit]]:
        """(start, end, unit), by start."""
        found = [(start, end, unit) for unit in self._units for start, end in unit.ranges if start >= self._lowest]
        return sorted(found, key=itemgetter(0, 1))

    def _unit_at(self, address: int) -> Unit | None:
        ranges = self._unit_ranges
        index = bisect_right(ranges, address, key=itemgetter(0)) - 1
        return ranges[index][2] if index >= 0 and address < ranges[index][1] else None

    def _line_table(self, unit: Unit) -> LineTable | None:
        if unit.lines is None:
            return None
        if unit.lines not in self._line_tables:
            self._line_tables[unit.lines] = self._guarded(lambda: self._reader.line_table(unit), _LINES)
        return self._line_tables[unit.lines]

    def _unit_scopes(self, unit: Unit) -> list[Scope]:
        if unit.offset not in self._scopes:
            self._scopes[unit.offset] = self._guarded(lambda: self._reader.scopes(unit, self._units), _LINES) or []
        return self._scopes[unit.offset]

    def _frames_of(self, name: str) -> list[Frame]:
        if name not in self._frames:
            frames = self._guarded(lambda: self._reader.frames(name), _FRAMES) or []
            self._frames[name] = sorted(
                (frame for frame in frames if self._lowest <= frame.start < frame.end), key=attrgetter("start", "end")
            )
        return self._frames[name]


def _innermost_scopes(scopes: list[Scope]) -> tuple[list[int], list[int]]:
    """Return (addresses where scopes begin or end, numbers): number n is that of the innermost scope in front of the
    n-th address, the last one's of what is behind all; -1 for none."""
    cuts = sorted({edge for scope in scopes for pair in scope.ranges for edge in pair})
    numbers = [-1] * (len(cuts) + 1)
    for number in sorted(range(len(scopes)), key=lambda number: scopes[number].depth):
        for start, end in scopes[number].ranges:
            first, last = bisect_right(cuts, start), bisect_right(cuts, end - 1)
            numbers[first : last + 1] = [number] * (last + 1 - first)
    return cuts, numbers


def _call_chain(scopes: list[Scope], address: int) -> list[Scope]:
    """Return the scopes around ``address``, innermost first, up to the function that is not inlined.

    Functions of assembly code may overlap; the one that begins last is taken.
    """
    around = [(scope.depth, start, scope) for scope in scopes if (start := scope.start_around(address)) is not None]
    chain: list[Scope] = []
    for _, _, scope in sorted(around, key=itemgetter(0, 1), reverse=True):
        chain.append(scope)
        if not scope.inlined:
            break
    return chain
