"""Line number programs: which source line an instruction belongs to. [DWARF 5, 6.2; DWARF 2 to 4, 6.2]"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from emulator.dwarf.cursor import Allowance, Cursor, DwarfError, string_at
from emulator.image import SourceLine

HIGHEST_LINE = 1 << 31

DW_LNS_COPY = 1
DW_LNS_ADVANCE_PC = 2
DW_LNS_ADVANCE_LINE = 3
DW_LNS_SET_FILE = 4
DW_LNS_CONST_ADD_PC = 8
DW_LNS_FIXED_ADVANCE_PC = 9
DW_LNE_END_SEQUENCE = 1
DW_LNE_SET_ADDRESS = 2
DW_LNE_DEFINE_FILE = 3
DW_LNCT_PATH = 1
DW_LNCT_DIRECTORY_INDEX = 2

_FORM_BLOCK = 0x09
_FORM_STRING = 0x08
_FORM_STRP = 0x0E
_FORM_UDATA = 0x0F
_FORM_LINE_STRP = 0x1F
_FIXED_FORMS = {0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x1E: 16}  # data1, data2, data4, data8, data16


@dataclass(frozen=True, slots=True)
class LineSections:
    """The sections a line program refers to: .debug_line, .debug_line_str, .debug_str."""

    line: bytes
    line_str: bytes
    str: bytes


@dataclass(slots=True)
class _Sequence:
    """Rows for ascending addresses: row i holds from ``addresses[i]`` up to the next one; ``end`` closes the last."""

    addresses: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    end: int = 0


@dataclass(slots=True)
class _Header:
    version: int
    program: int
    end: int
    minimum_instruction: int
    line_base: int
    line_range: int
    opcode_base: int
    operand_counts: bytes
    directories: list[str]
    files: list[tuple[str, int]]


class LineTable:
    """The line table of one unit."""

    def __init__(self, header: _Header, sequences: list[_Sequence]) -> None:
        self._header = header
        self._sequences = sorted(sequences, key=lambda sequence: sequence.addresses[0])
        self._starts = [sequence.addresses[0] for sequence in self._sequences]

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """The address ranges (start, end) the table covers, by start."""
        return [(sequence.addresses[0], sequence.end) for sequence in self._sequences]

    def find(self, address: int) -> SourceLine | None:
        """Return the source line of ``address``; None outside the table and for code that belongs to no line."""
        index = bisect_right(self._starts, address) - 1
        if index < 0 or address >= self._sequences[index].end:
            return None
        sequence = self._sequences[index]
        row = bisect_right(sequence.addresses, address) - 1
        if not 0 < sequence.lines[row] <= HIGHEST_LINE:
            return None  # 0 is for code that belongs to no line, others are damage
        return SourceLine(self.path(sequence.files[row]), sequence.lines[row])

    def path(self, file: int) -> str:
        """Return the path of file number ``file`` as the compiler recorded it, relative to where it ran."""
        header = self._header
        index = file if header.version >= 5 else file - 1
        if not 0 <= index < len(header.files):
            return "?"
        name, directory = header.files[index]
        # Directory 0 is where the compiler ran: a path of the host, which says nothing about the program.
        if name.startswith("/") or directory == 0:
            return name
        index = directory if header.version >= 5 else directory - 1
        return f"{header.directories[index]}/{name}" if 0 <= index < len(header.directories) else name


def read_line_table(sections: LineSections, offset: int, allowance: Allowance) -> LineTable:
    """Return the line table of the program at ``offset`` of .debug_line. Raises DwarfError."""
    header = _read_header(sections, offset, allowance)
    allowance.spend(header.end - header.program)
    try:
        sequences = _run(sections.line, header)
    except IndexError:
        raise DwarfError("a line program ends in the middle of an operation") from None
    return LineTable(header, [sequence for sequence in sequences if sequence.addresses])


def _read_header(sections: LineSections, offset: int, allowance: Allowance) -> _Header:
    cursor = Cursor(sections.line, offset)
    end, offset_size = cursor.initial_length()
    cursor.end = end
    version = cursor.unsigned(2)
    if not 2 <= version <= 5:
        raise DwarfError(f"a line table has version {version}")
    if version == 5 and (cursor.unsigned(1), cursor.unsigned(1)) != (4, 0):
        raise DwarfError("a line table is not for 32-bit addresses")
    header_length = cursor.unsigned(offset_size)
    program = cursor.position + header_length
    if program > end:
        raise DwarfError("a line table's header is longer than the table")
    minimum_instruction = cursor.unsigned(1)
    cursor.skip(2 if version >= 4 else 1)  # operations per instruction is 1 on ARM; default_is_stmt is not used
    line_base = cursor.unsigned(1)
    line_range, opcode_base = cursor.unsigned(1), cursor.unsigned(1)
    if line_range == 0 or opcode_base == 0:
        raise DwarfError("a line table has no special operations")
    operand_counts = b"\0" + cursor.take(opcode_base - 1)
    if version == 5:
        directories = [name for name, _ in _read_entries(cursor, sections, offset_size, allowance)]
        files = _read_entries(cursor, sections, offset_size, allowance)
    else:
        directories, files = _read_old_entries(cursor)
    return _Header(
        version,
        program,
        end,
        minimum_instruction,
        line_base - 256 if line_base > 127 else line_base,
        line_range,
        opcode_base,
        operand_counts,
        directories,
        files,
    )


def _read_old_entries(cursor: Cursor) -> tuple[list[str], list[tuple[str, int]]]:
    """Return include directories and files as (name, directory). [DWARF 4, 6.2.4]"""
    directories = []
    while name := cursor.string():
        directories.append(name)
    files = []
    while name := cursor.string():
        files.append((name, cursor.uleb()))
        cursor.uleb()  # time of last change
        cursor.uleb()  # length
    return directories, files


def _read_entries(
    cursor: Cursor, sections: LineSections, offset_size: int, allowance: Allowance
) -> list[tuple[str, int]]:
    """Return a list of directories or files as (path, directory index). [DWARF 5, 6.2.4.1]"""
    formats = [(cursor.uleb(), cursor.uleb()) for _ in range(cursor.unsigned(1))]
    count = cursor.uleb()
    if count and not formats:
        raise DwarfError("a line table's entries have no format")
    entries = []
    for _ in range(count):  # each form takes at least one byte, so the cursor ends a false count
        allowance.spend(len(formats))
        path, directory = "", 0
        for content, form in formats:
            value = _read_form(cursor, form, sections, offset_size)
            if content == DW_LNCT_PATH and isinstance(value, str):
                path = value
            elif content == DW_LNCT_DIRECTORY_INDEX and isinstance(value, int):
                directory = value
        entries.append((path, directory))
    return entries


def _read_form(cursor: Cursor, form: int, sections: LineSections, offset_size: int) -> str | int:
    if form == _FORM_STRING:
        return cursor.string()
    if form == _FORM_LINE_STRP:
        return string_at(sections.line_str, cursor.unsigned(offset_size))
    if form == _FORM_STRP:
        return string_at(sections.str, cursor.unsigned(offset_size))
    if form == _FORM_UDATA:
        return cursor.uleb()
    if form == _FORM_BLOCK:
        cursor.skip(cursor.uleb())
        return 0
    if form in _FIXED_FORMS:
        return cursor.unsigned(_FIXED_FORMS[form])
    raise DwarfError(f"a line table uses form 0x{form:x}")


def _run(data: bytes, header: _Header) -> list[_Sequence]:
    """Execute the program: the state machine of DWARF 5, 6.2.2, as far as address, file and line go."""
    cursor = Cursor(data, header.program, header.end)
    sequences: list[_Sequence] = []
    sequence = _Sequence()
    address, file, line = 0, 1, 1
    opcode_base, line_base, line_range = header.opcode_base, header.line_base, header.line_range
    step = header.minimum_instruction
    while cursor.position < header.end:
        opcode = data[cursor.position]
        cursor.position += 1
        if opcode >= opcode_base:
            adjusted = opcode - opcode_base
            address += adjusted // line_range * step
            line += line_base + adjusted % line_range
            _append(sequence, address, file, line)
        elif opcode == 0:
            size = cursor.uleb()
            following = cursor.position + size
            kind = cursor.unsigned(1) if size else 0
            if kind == DW_LNE_END_SEQUENCE:
                sequence.end = address
                sequences.append(sequence)
                sequence = _Sequence()
                address, file, line = 0, 1, 1
            elif kind == DW_LNE_SET_ADDRESS:
                address = cursor.unsigned(min(size - 1, 8))
            elif kind == DW_LNE_DEFINE_FILE:
                header.files.append((cursor.string(), cursor.uleb()))
            cursor.position = min(following, header.end)
        elif opcode == DW_LNS_COPY:
            _append(sequence, address, file, line)
        elif opcode == DW_LNS_ADVANCE_PC:
            address += cursor.uleb() * step
        elif opcode == DW_LNS_ADVANCE_LINE:
            line += cursor.sleb()
        elif opcode == DW_LNS_SET_FILE:
            file = cursor.uleb()
        elif opcode == DW_LNS_CONST_ADD_PC:
            address += (255 - opcode_base) // line_range * step
        elif opcode == DW_LNS_FIXED_ADVANCE_PC:
            address += cursor.unsigned(2)
        else:  # set_column, negate_stmt, set_basic_block, and whatever a later version adds
            for _ in range(header.operand_counts[opcode]):
                cursor.uleb()
    return sequences


def _append(sequence: _Sequence, address: int, file: int, line: int) -> None:
    """Add a row; of several rows at one address the last one holds, as other readers have it."""
    if sequence.addresses and address <= sequence.addresses[-1]:
        if address < sequence.addresses[-1]:
            raise DwarfError("addresses of a line table descend")
        sequence.files[-1], sequence.lines[-1] = file, line
        return
    sequence.addresses.append(address)
    sequence.files.append(file)
    sequence.lines.append(line)
