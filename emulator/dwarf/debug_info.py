"""What the debug information of one program says about an address. Damage ends as one warning and "unknown"."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property, partial
from operator import itemgetter
from typing import TypeVar

from emulator.dwarf.calls import Scope, call_chain, read_scopes, scope_name
from emulator.dwarf.cursor import Allowance, DwarfError
from emulator.dwarf.frames import FrameSection, FrameTable
from emulator.dwarf.lines import LineSections, LineTable, read_line_table
from emulator.dwarf.units import DW_AT_STMT_LIST, Unit, UnitReader, UnitSections
from emulator.image import SourceFrame, SourceLine, UnwindRow

_Found = TypeVar("_Found")

_STEPS_PER_BYTE = 2
_SPARE_STEPS = 100_000


class DebugInfo:
    """Look-ups by address; each reads what it needs once and keeps it.

    ``section`` returns (address, contents) of a section of the file, contents b"" when there is none. ``warn`` is told
    of damage. ``code_at_zero`` says whether the program has a function at address 0; if not, ranges that start there
    belong to functions the linker removed, whose addresses it set to 0.
    """

    def __init__(
        self,
        section: Callable[[str], tuple[int, bytes]],
        warn: Callable[[str], None],
        code_at_zero: Callable[[], bool],
    ) -> None:
        self._section = section
        self._warn = warn
        self._code_at_zero = code_at_zero
        self._warned_of: set[str] = set()
        # What was tried and found damaged is None, so it is neither read nor reported again.
        self._line_tables: dict[int, LineTable | None] = {}
        self._scopes: dict[int, list[Scope]] = {}
        self._frame_tables: dict[str, FrameTable | None] = {}

    def source_line(self, address: int) -> SourceLine | None:
        """Return the source line of the instruction at ``address``, None where unknown."""
        return self._guarded(lambda: self._source_line(address), None, "line information")

    def source_frames(self, address: int) -> list[SourceFrame]:
        """Return the functions whose code the instruction at ``address`` is, innermost first; [] where unknown."""
        return self._guarded(lambda: self._source_frames(address), [], "line information")

    def unwind(self, address: int) -> UnwindRow | None:
        """Return how to leave the frame at ``address``, None where unknown."""
        return self._guarded(lambda: self._frame_row(".debug_frame", address), None, "frame information") or (
            self._guarded(lambda: self._frame_row(".eh_frame", address), None, "frame information")
        )

    def _guarded(self, look_up: Callable[[], _Found], unknown: _Found, what: str) -> _Found:
        try:
            return look_up()
        except DwarfError as error:
            self._warn_of(what, error)
            return unknown

    def _warn_of(self, what: str, error: DwarfError) -> None:
        """Report the first damage of a kind; what follows from it would only repeat it."""
        if what in self._warned_of:
            return
        self._warned_of.add(what)
        self._warn(f"{what} is damaged or not understood ({error}); some of it is not shown")

    # -- units ------------------------------------------------------------------------------------------------------

    def _contents(self, name: str) -> bytes:
        return self._section(name)[1]

    @cached_property
    def _allowance(self) -> Allowance:
        return Allowance(_SPARE_STEPS + _STEPS_PER_BYTE * (sum(map(len, self._unit_contents)) + len(self._lines.line)))

    @cached_property
    def _unit_contents(self) -> list[bytes]:
        names = ("info", "abbrev", "str", "line_str", "str_offsets", "addr", "ranges", "rnglists")
        return [self._contents(f".debug_{name}") for name in names]

    @cached_property
    def _lines(self) -> LineSections:
        return LineSections(
            self._contents(".debug_line"), self._contents(".debug_line_str"), self._contents(".debug_str")
        )

    @cached_property
    def _reader(self) -> UnitReader:
        return UnitReader(UnitSections(*self._unit_contents), self._allowance)

    @cached_property
    def _units(self) -> list[Unit]:
        units, damage = self._reader.units()
        for error in damage:
            self._warn_of("line information", error)
        return units

    @cached_property
    def _lowest(self) -> int:
        """The lowest address that code can have."""
        return 0 if self._code_at_zero() else 1

    @cached_property
    def _unit_ranges(self) -> list[tuple[int, int, Unit]]:
        """(start, end, unit), by start."""
        found = []
        for unit in self._units:
            ranges: list[tuple[int, int]] = []
            ranges = self._guarded(partial(self._reader.ranges, unit, unit.root), ranges, "line information")
            found += [(start, end, unit) for start, end in ranges if start >= self._lowest]
        return sorted(found, key=itemgetter(0, 1))

    def _unit_at(self, address: int) -> Unit | None:
        ranges = self._unit_ranges
        position = bisect_right(ranges, address, key=itemgetter(0)) - 1
        return ranges[position][2] if position >= 0 and address < ranges[position][1] else None

    # -- look-ups ---------------------------------------------------------------------------------------------------

    def _line_table(self, unit: Unit) -> LineTable | None:
        offset = self._reader.number(unit.root, DW_AT_STMT_LIST)
        if offset is None:
            return None
        if offset not in self._line_tables:
            self._line_tables[offset] = None
            self._line_tables[offset] = read_line_table(self._lines, offset, self._allowance)
        return self._line_tables[offset]

    def _source_line(self, address: int) -> SourceLine | None:
        unit = self._unit_at(address)
        table = self._line_table(unit) if unit else None
        return table.find(address) if table else None

    def _source_frames(self, address: int) -> list[SourceFrame]:
        unit = self._unit_at(address)
        table = self._line_table(unit) if unit else None
        here = table.find(address) if table else None
        if unit is None or table is None or here is None:
            return []
        if unit.offset not in self._scopes:
            self._scopes[unit.offset] = []
            self._scopes[unit.offset] = read_scopes(self._reader, unit)
        path, line = here.path, here.line
        frames = []
        for scope in call_chain(self._scopes[unit.offset], address):
            frames.append(SourceFrame(scope_name(self._reader, self._units, unit, scope), path, line))
            path, line = table.path(scope.call_file), scope.call_line
        return frames or [SourceFrame("", path, line)]

    def _frame_row(self, name: str, address: int) -> UnwindRow | None:
        if name not in self._frame_tables:
            self._frame_tables[name] = None
            linked_at, contents = self._section(name)
            section = FrameSection(contents, linked_at, name == ".eh_frame")
            allowance = Allowance(_SPARE_STEPS + _STEPS_PER_BYTE * len(contents))
            self._frame_tables[name] = FrameTable(section, self._lowest, allowance)
        table = self._frame_tables[name]
        return table.find(address) if table else None
