"""Reads pieces of debug information: from an index of what was read before, else through dwarf.py and into the index.

dwarf.py, and pyelftools with it, is imported for the first piece that the index has not. Damaged pieces are never
put into the index. What reading a piece took of the allowance is taken off for one from the index, too: so a file that
asks for too much is refused at the same place with an index and without.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from emulator.annotations import TYPE_CHECKING, Any, TypeVar
from emulator.debuginfo.debug_index import DebugIndex
from emulator.debuginfo.debug_tables import DwarfError, Frame, LineTable, Scope, Sequence, Unit
from emulator.debuginfo.section_stream import Allowance
from emulator.debuginfo.source import Layout, Member, Part, UnwindRow, Variable

if TYPE_CHECKING:
    from emulator.debuginfo.dwarf import DwarfReader

UNIT_SECTIONS = ("info", "abbrev", "line", "line_str", "str", "str_offsets", "addr", "ranges", "rnglists")

_Piece = TypeVar("_Piece")
UnwindRows = list[tuple[int, UnwindRow | None]]


class DebugReader:
    """The pieces of one program. ``section`` returns (address, contents) by name, contents b"" when there is none.

    Every method raises DwarfError when what it reads is damaged.
    """

    def __init__(self, section: Callable[[str], tuple[int, bytes]], index: DebugIndex) -> None:
        self._section = section
        self._index = index
        self._frames: dict[str, list[Frame]] = {}

    @cached_property
    def _contents(self) -> dict[str, bytes]:
        return {name: self._section(f".debug_{name}")[1] for name in UNIT_SECTIONS}

    @cached_property
    def _allowance(self) -> Allowance:
        return Allowance(sum(map(len, self._contents.values())))

    @cached_property
    def _reader(self) -> DwarfReader:
        from emulator.debuginfo.dwarf import DwarfReader

        return DwarfReader(self._section, self._contents, self._allowance)

    def units(self) -> tuple[list[Unit], list[DwarfError]]:
        """Return (the units that hold code, by offset; what is wrong with others)."""
        spent = self._allowance.spent
        known = self._index.get("units", _decode_units)
        if known is not None:
            self._allowance.spend(known[1])
            return known[0], []
        units, damage = self._reader.units()
        if not damage:
            self._index.put("units", [list(_values(unit)) for unit in units], self._allowance.spent - spent)
        return units, damage

    def line_table(self, unit: Unit) -> LineTable:
        """Return the line table of a unit that has one."""
        name = f"lines {unit.lines}"
        return self._piece(name, lambda: self._reader.line_table(unit), _encode_lines, _decode_lines)

    def scopes(self, unit: Unit, units: list[Unit]) -> list[Scope]:
        """Return the functions and inlined copies of ``unit`` that have code, in file order."""
        name = f"scopes {unit.offset}"
        return self._piece(name, lambda: self._reader.scopes(unit, units), _encode_scopes, _decode_scopes)

    def layouts(self, unit: Unit, units: list[Unit], names: tuple[str, ...]) -> dict[str, Layout]:
        """Return the layouts of the structures of ``unit`` that bear one of ``names``."""
        name = f"layouts {unit.offset} {' '.join(names)}"
        return self._piece(
            name, lambda: self._reader.layouts(unit, units, names), _encode_layouts, _decode_layouts
        )  # fmt: skip

    def variable(self, unit: Unit, units: list[Unit], pc: int, name: str, offset: int) -> Variable | None:
        """Return what is at ``offset`` of the variable ``name`` of ``unit``, without a name of the frame at ``pc``."""
        piece = f"variable {unit.offset} {name} {offset}" if name else f"variable {unit.offset} {pc} {offset}"
        found: Variable | None = self._piece(
            piece, lambda: self._reader.variable(unit, units, pc, name, offset), lambda one: one, _decode_variable
        )
        return found

    def _piece(
        self, name: str, read: Callable[[], _Piece], encode: Callable[[_Piece], Any], decode: Callable[[Any], _Piece]
    ) -> _Piece:
        known = self._index.get(name, decode)
        if known is not None:
            self._allowance.spend(known[1])
            return known[0]
        spent = self._allowance.spent
        piece = read()
        self._index.put(name, encode(piece), self._allowance.spent - spent)
        return piece

    def frames(self, name: str) -> list[Frame]:
        """Return the frame descriptions of section ``name``, .debug_frame or .eh_frame, [] when there is none."""
        if not self._section(name)[1]:
            return []
        known = self._index.get(f"frames {name}", _decode_frames)
        if known is not None:
            return known[0]
        frames = self._described_frames(name)
        self._index.put(f"frames {name}", [[frame.start, frame.end] for frame in frames], 0)
        return frames

    def unwind_rows(self, name: str, frame: Frame) -> UnwindRows:
        """Return (first address, row) for the code of a frame of section ``name``, by address."""
        piece = f"rows {name} {frame.number}"
        known = self._index.get(piece, _decode_rows)
        if known is not None:
            return known[0]
        described = self._described_frames(name)
        if frame.number >= len(described):
            raise DwarfError  # the index says what the program does not
        rows = self._reader.unwind_rows(described[frame.number])
        self._index.put(piece, [[pc, row and [*_values(row)[:2], list(row.saved.items()), row.return_register]]
                                for pc, row in rows], 0)  # fmt: skip
        return rows

    def _described_frames(self, name: str) -> list[Frame]:
        if name not in self._frames:
            self._frames[name] = self._reader.frames(name)
        return self._frames[name]


# -- pieces as JSON values -----------------------------------------------------------------------------------------


def _values(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in record.__match_args__)


def _number(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("not a number")
    return value


def _numbers(value: Any) -> list[int]:
    if type(value) is not list or not all(type(item) is int for item in value):
        raise TypeError("not numbers")
    return value


def _text(value: Any) -> str:
    if type(value) is not str or not value.isprintable():
        raise TypeError("not a text of one line")
    return value


def _pair(value: Any) -> tuple[int, int]:
    first, second = _numbers(value)
    return first, second


def _decode_units(value: Any) -> list[Unit]:
    return [
        Unit(_number(offset), _number(end), None if lines is None else _number(lines), [_pair(item) for item in ranges])
        for offset, end, lines, ranges in value
    ]


def _encode_lines(table: LineTable) -> Any:
    return [table.paths, [list(_values(sequence)) for sequence in table.sequences]]


def _decode_lines(value: Any) -> LineTable:
    paths, sequences = value
    return LineTable([_sequence(*item) for item in sequences], [_text(path) for path in paths])


def _sequence(addresses: Any, files: Any, lines: Any, end: Any) -> Sequence:
    sequence = Sequence(_numbers(addresses), _numbers(files), _numbers(lines), _number(end))
    if not 0 < len(sequence.addresses) == len(sequence.files) == len(sequence.lines):
        raise ValueError("a sequence without rows, or rows without an address")
    return sequence


def _encode_scopes(scopes: list[Scope]) -> Any:
    return [list(_values(scope)) for scope in scopes]


def _decode_scopes(value: Any) -> list[Scope]:
    return [
        Scope(
            _number(depth), [_pair(item) for item in ranges], inlined is True, _number(file), _number(line), _text(name)
        )
        for depth, ranges, inlined, file, line, name in value
    ]


def _encode_layouts(layouts: dict[str, Layout]) -> Any:
    return {name: [layout.size, {path: list(member) for path, member in layout.members.items()}]
            for name, layout in layouts.items()}  # fmt: skip


def _decode_layouts(value: Any) -> dict[str, Layout]:
    return {
        _text(name): Layout(_number(size), {_text(path): Member(*_pair(member)) for path, member in members.items()})
        for name, (size, members) in dict(value).items()
    }


def _decode_variable(value: Any) -> Variable | None:
    if value is None:
        return None
    path, function, file, line, offset, is_active, parts = value
    known = tuple(Part(_text(name), *map(_number, numbers)) for name, *numbers in parts)
    return Variable(
        _text(path), _text(function), _number(file), _number(line), _number(offset), is_active is True, known
    )  # fmt: skip


def _decode_frames(value: Any) -> list[Frame]:
    return [Frame(*_pair(item), number) for number, item in enumerate(value)]


def _decode_rows(value: Any) -> UnwindRows:
    return [(_number(pc), None if row is None else _row(*row)) for pc, row in value]


def _row(register: Any, offset: Any, saved: Any, return_register: Any) -> UnwindRow:
    return UnwindRow(_number(register), _number(offset), dict(map(_pair, saved)), _number(return_register))
