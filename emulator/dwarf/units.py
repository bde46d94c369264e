"""Compilation units and their entries: abbreviations, attribute forms, address ranges. [DWARF 5, 7.5 and 2.17]

Entries are read one after the other in file order; sibling references are not followed, so damage cannot make a loop.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from emulator.dwarf.cursor import Allowance, Cursor, DwarfError, string_at

DW_TAG_INLINED_SUBROUTINE = 0x1D
DW_TAG_SUBPROGRAM = 0x2E

DW_AT_NAME = 0x03
DW_AT_STMT_LIST = 0x10
DW_AT_LOW_PC = 0x11
DW_AT_HIGH_PC = 0x12
DW_AT_ABSTRACT_ORIGIN = 0x31
DW_AT_SPECIFICATION = 0x47
DW_AT_RANGES = 0x55
DW_AT_CALL_FILE = 0x58
DW_AT_CALL_LINE = 0x59
DW_AT_STR_OFFSETS_BASE = 0x72
DW_AT_ADDR_BASE = 0x73
DW_AT_RNGLISTS_BASE = 0x74

_WANTED = frozenset(
    {
        DW_AT_NAME,
        DW_AT_STMT_LIST,
        DW_AT_LOW_PC,
        DW_AT_HIGH_PC,
        DW_AT_ABSTRACT_ORIGIN,
        DW_AT_SPECIFICATION,
        DW_AT_RANGES,
        DW_AT_CALL_FILE,
        DW_AT_CALL_LINE,
        DW_AT_STR_OFFSETS_BASE,
        DW_AT_ADDR_BASE,
        DW_AT_RNGLISTS_BASE,
    }
)

ADDRESS_SIZE = 4
MOST_ATTRIBUTES = 1000
"""Attributes of one abbreviation; compilers use a few dozen."""

FORM_ADDR = 0x01
FORM_STRING = 0x08
FORM_SDATA = 0x0D
FORM_STRP = 0x0E
FORM_REF_ADDR = 0x10
FORM_INDIRECT = 0x16
FORM_SEC_OFFSET = 0x17
FORM_LINE_STRP = 0x1F
FORM_IMPLICIT_CONST = 0x21
FORM_RNGLISTX = 0x23
_FIXED = {
    0x01: ADDRESS_SIZE,  # addr
    0x05: 2,  # data2
    0x06: 4,  # data4
    0x07: 8,  # data8
    0x0B: 1,  # data1
    0x0C: 1,  # flag
    0x11: 1,  # ref1
    0x12: 2,  # ref2
    0x13: 4,  # ref4
    0x14: 8,  # ref8
    0x19: 0,  # flag_present
    0x1C: 4,  # ref_sup4
    0x1E: 16,  # data16
    0x20: 8,  # ref_sig8
    0x21: 0,  # implicit_const, whose value is in the abbreviation
    0x24: 8,  # ref_sup8
    0x25: 1,  # strx1
    0x26: 2,  # strx2
    0x27: 3,  # strx3
    0x28: 4,  # strx4
    0x29: 1,  # addrx1
    0x2A: 2,  # addrx2
    0x2B: 3,  # addrx3
    0x2C: 4,  # addrx4
}
_OFFSETS = frozenset({FORM_STRP, FORM_SEC_OFFSET, 0x1D, FORM_LINE_STRP, 0x1F20, 0x1F21})  # 0x1d: strp_sup
_ULEBS = frozenset({0x0F, 0x15, 0x1A, 0x1B, 0x22, FORM_RNGLISTX, 0x1F01, 0x1F02})  # udata, ref_udata, ...x forms
_BLOCKS = {0x0A: 1, 0x03: 2, 0x04: 4}  # block1, block2, block4: size of the length
_ULEB_BLOCKS = frozenset({0x09, 0x18})  # block, exprloc
_UNIT_REFERENCES = frozenset({0x11, 0x12, 0x13, 0x14, 0x15})
_STRX = frozenset({0x1A, 0x25, 0x26, 0x27, 0x28})
_ADDRX = frozenset({0x1B, 0x29, 0x2A, 0x2B, 0x2C})

_UT_COMPILE, _UT_PARTIAL, _UT_SKELETON = 1, 3, 4


@dataclass(frozen=True, slots=True)
class UnitSections:
    """The sections that entries are read from and refer to."""

    info: bytes
    abbrev: bytes
    str: bytes
    line_str: bytes
    str_offsets: bytes
    addr: bytes
    ranges: bytes
    rnglists: bytes


class Value(NamedTuple):
    """One attribute as stored: what ``raw`` means depends on ``form``."""

    form: int
    raw: int | str


@dataclass(frozen=True, slots=True)
class _Abbreviation:
    tag: int
    has_children: bool
    attributes: tuple[tuple[int, int, int], ...]
    """(attribute, form, value of an implicit_const)."""
    size: int | None
    """Bytes of all attributes together, None when that differs between entries."""


class _AbbreviationTable:
    """Abbreviations by code, read as far as they are asked for: finding a unit takes only its first one."""

    def __init__(self, cursor: Cursor, sizes: dict[int, int], allowance: Allowance) -> None:
        self._cursor = cursor
        self._sizes = sizes
        self._allowance = allowance
        self._read: dict[int, _Abbreviation] = {}

    def get(self, code: int) -> _Abbreviation:
        """Return the abbreviation ``code``; raises DwarfError when there is none."""
        while code not in self._read:
            start = self._cursor.position
            following = self._cursor.uleb()
            if following == 0:
                self._cursor.position = start
                raise DwarfError(f"an entry uses abbreviation {code}, which is not defined")
            self._read.setdefault(following, self._next())
        return self._read[code]

    def _next(self) -> _Abbreviation:
        cursor = self._cursor
        tag, has_children = cursor.uleb(), bool(cursor.unsigned(1))
        attributes = []
        while True:
            attribute, form = cursor.uleb(), cursor.uleb()
            constant = cursor.sleb() if form == FORM_IMPLICIT_CONST else 0
            if not attribute and not form:
                break
            attributes.append((attribute, form, constant))
        if len(attributes) > MOST_ATTRIBUTES:
            raise DwarfError("an abbreviation has too many attributes")
        self._allowance.spend(1 + len(attributes))
        parts = [self._sizes.get(form) for _, form, _ in attributes]
        size = None if None in parts else sum(part for part in parts if part)
        return _Abbreviation(tag, has_children, tuple(attributes), size)


class Entry(NamedTuple):
    """A debugging information entry; ``depth`` counts its ancestors in the unit."""

    offset: int
    depth: int
    tag: int
    attributes: dict[int, Value]


@dataclass(slots=True)
class Unit:
    """One compilation unit of .debug_info."""

    offset: int
    end: int
    version: int
    offset_size: int
    entries: int
    abbreviations: _AbbreviationTable
    root: dict[int, Value] = field(default_factory=dict)


class UnitReader:
    """Reads the units of one program."""

    def __init__(self, sections: UnitSections, allowance: Allowance) -> None:
        self._sections = sections
        self._allowance = allowance
        self._abbreviation_tables: dict[tuple[int, int], _AbbreviationTable] = {}

    def units(self) -> tuple[list[Unit], list[DwarfError]]:
        """Return (every unit that holds code, by offset, with its root entry read; what is wrong with others)."""
        found: list[Unit] = []
        damage: list[DwarfError] = []
        position, end = 0, len(self._sections.info)
        while position < end:
            cursor = Cursor(self._sections.info, position)
            try:
                end_of_unit, offset_size = cursor.initial_length()
            except DwarfError as error:
                return found, [*damage, error]
            cursor.end = end_of_unit
            try:
                unit = self._read_unit(cursor, position, offset_size)
            except DwarfError as error:
                damage = damage or [error]
            else:
                found += [unit] if unit else []
            position = end_of_unit
        return found, damage

    def _read_unit(self, cursor: Cursor, offset: int, offset_size: int) -> Unit | None:
        """Return the unit whose length ``cursor`` has passed; None for a kind that holds no code."""
        version = cursor.unsigned(2)
        if not 2 <= version <= 5:
            raise DwarfError(f"a unit has version {version}")
        kind = cursor.unsigned(1) if version == 5 else _UT_COMPILE
        if version == 5:
            address_size = cursor.unsigned(1)
            abbreviations = cursor.unsigned(offset_size)
        else:
            abbreviations = cursor.unsigned(offset_size)
            address_size = cursor.unsigned(1)
        if kind == _UT_SKELETON:
            cursor.skip(8)
        if kind not in (_UT_COMPILE, _UT_PARTIAL, _UT_SKELETON):
            return None
        if address_size != ADDRESS_SIZE:
            raise DwarfError(f"a unit has {address_size}-byte addresses")
        table = self._abbreviations(abbreviations, ADDRESS_SIZE if version == 2 else offset_size, offset_size)
        unit = Unit(offset, cursor.end, version, offset_size, cursor.position, table)
        unit.root = self.entry_at(unit, unit.entries)
        return unit

    # -- entries ----------------------------------------------------------------------------------------------------

    def entries(self, unit: Unit, tags: frozenset[int]) -> Iterator[Entry]:
        """Yield the entries of ``unit`` whose tag is in ``tags``, in file order."""
        cursor = Cursor(self._sections.info, unit.entries, unit.end)
        depth = 0
        while cursor.position < unit.end:
            offset = cursor.position
            code = cursor.uleb()
            if code == 0:
                depth -= 1
                continue
            abbreviation = unit.abbreviations.get(code)
            if abbreviation.tag in tags:
                yield Entry(offset, depth, abbreviation.tag, self._read_attributes(cursor, unit, abbreviation))
            elif abbreviation.size is not None:
                cursor.skip(abbreviation.size)
            else:
                self._read_attributes(cursor, unit, abbreviation)
            depth += abbreviation.has_children

    def entry_at(self, unit: Unit, offset: int) -> dict[int, Value]:
        """Return the attributes of the entry at ``offset`` of .debug_info, which lies in ``unit``."""
        cursor = Cursor(self._sections.info, offset, unit.end)
        return self._read_attributes(cursor, unit, unit.abbreviations.get(cursor.uleb()))

    def _read_attributes(self, cursor: Cursor, unit: Unit, abbreviation: _Abbreviation) -> dict[int, Value]:
        self._allowance.spend(len(abbreviation.attributes))
        found = {}
        for attribute, form, constant in abbreviation.attributes:
            value = self._read_form(cursor, form, constant, unit)
            if attribute in _WANTED:
                found[attribute] = value
        return found

    def _read_form(self, cursor: Cursor, form: int, constant: int, unit: Unit) -> Value:
        while form == FORM_INDIRECT:
            form = cursor.uleb()
        if form == FORM_IMPLICIT_CONST:
            return Value(form, constant)
        if form in _FIXED:
            return Value(form, cursor.unsigned(_FIXED[form]))
        if form in _OFFSETS:
            return Value(form, cursor.unsigned(unit.offset_size))
        if form in _ULEBS:
            return Value(form, cursor.uleb())
        if form == FORM_STRING:
            return Value(form, cursor.string())
        if form == FORM_SDATA:
            return Value(form, cursor.sleb())
        if form == FORM_REF_ADDR:
            return Value(form, cursor.unsigned(ADDRESS_SIZE if unit.version == 2 else unit.offset_size))
        if form in _BLOCKS:
            cursor.skip(cursor.unsigned(_BLOCKS[form]))
        elif form in _ULEB_BLOCKS:
            cursor.skip(cursor.uleb())
        else:
            raise DwarfError(f"an entry uses form 0x{form:x}")
        return Value(form, 0)

    def _abbreviations(self, offset: int, reference_size: int, offset_size: int) -> _AbbreviationTable:
        key = (offset, reference_size << 4 | offset_size)
        if key not in self._abbreviation_tables:
            sizes = _FIXED | dict.fromkeys(_OFFSETS, offset_size) | {FORM_REF_ADDR: reference_size}
            cursor = Cursor(self._sections.abbrev, offset)
            self._abbreviation_tables[key] = _AbbreviationTable(cursor, sizes, self._allowance)
        return self._abbreviation_tables[key]

    # -- what attributes mean ---------------------------------------------------------------------------------------

    def number(self, attributes: dict[int, Value], attribute: int) -> int | None:
        """Return an attribute that is a constant or an offset, None when absent."""
        value = attributes.get(attribute)
        return value.raw if value is not None and isinstance(value.raw, int) else None

    def string(self, unit: Unit, value: Value) -> str:
        """Return the text of a string attribute."""
        if isinstance(value.raw, str):
            return value.raw
        if value.form == FORM_STRP:
            return string_at(self._sections.str, value.raw)
        if value.form == FORM_LINE_STRP:
            return string_at(self._sections.line_str, value.raw)
        if value.form in _STRX:
            base = self.number(unit.root, DW_AT_STR_OFFSETS_BASE) or 0
            section = self._sections.str_offsets
            offset = _number_at(section, base + value.raw * unit.offset_size, unit.offset_size)
            return string_at(self._sections.str, offset)
        return ""

    def reference(self, unit: Unit, value: Value) -> int | None:
        """Return the offset in .debug_info that a reference attribute leads to, None for other kinds of reference."""
        if not isinstance(value.raw, int):
            return None
        if value.form == FORM_REF_ADDR:
            return value.raw
        return unit.offset + value.raw if value.form in _UNIT_REFERENCES else None

    def address(self, unit: Unit, value: Value) -> int | None:
        """Return the address of an attribute, None when its form is not an address's."""
        if not isinstance(value.raw, int):
            return None
        if value.form in _ADDRX:
            return self._indexed_address(unit, value.raw)
        return value.raw if value.form == FORM_ADDR else None

    def ranges(self, unit: Unit, attributes: dict[int, Value]) -> list[tuple[int, int]]:
        """Return the address ranges (start, end) of an entry, [] when it has no code."""
        listed = attributes.get(DW_AT_RANGES)
        if listed is not None and isinstance(listed.raw, int):
            if unit.version >= 5:
                return self._range_list(unit, listed.form, listed.raw)
            return self._old_range_list(unit, listed.raw)
        if DW_AT_LOW_PC not in attributes or DW_AT_HIGH_PC not in attributes:
            return []
        low = self.address(unit, attributes[DW_AT_LOW_PC])
        high = self.address(unit, attributes[DW_AT_HIGH_PC])
        if low is None:
            return []
        if high is None:  # a constant is the size [DWARF 4, 2.17.2]
            high = low + (self.number(attributes, DW_AT_HIGH_PC) or 0)
        return [(low, high)] if low < high else []

    def _base(self, unit: Unit) -> int:
        return self.address(unit, unit.root.get(DW_AT_LOW_PC, Value(0, 0))) or 0

    def _indexed_address(self, unit: Unit, index: int) -> int:
        base = self.number(unit.root, DW_AT_ADDR_BASE) or 0
        return _number_at(self._sections.addr, base + index * ADDRESS_SIZE, ADDRESS_SIZE)

    def _old_range_list(self, unit: Unit, offset: int) -> list[tuple[int, int]]:
        """Return a list of .debug_ranges. [DWARF 4, 2.17.3]"""
        cursor = Cursor(self._sections.ranges, offset)
        base = self._base(unit)
        found: list[tuple[int, int]] = []
        while True:
            self._allowance.spend(1)
            start, end = cursor.unsigned(ADDRESS_SIZE), cursor.unsigned(ADDRESS_SIZE)
            if start == 0xFFFF_FFFF:
                base = end
            elif start == end == 0:
                return found
            elif start < end:
                found.append((base + start, base + end))

    def _range_list(self, unit: Unit, form: int, raw: int) -> list[tuple[int, int]]:
        """Return a list of .debug_rnglists. [DWARF 5, 7.25]"""
        section = self._sections.rnglists
        if form == FORM_RNGLISTX:
            lists = self.number(unit.root, DW_AT_RNGLISTS_BASE) or 0
            raw = lists + _number_at(section, lists + raw * unit.offset_size, unit.offset_size)
        cursor = Cursor(section, raw)
        base = self._base(unit)
        found = []
        while kind := cursor.unsigned(1):
            self._allowance.spend(1)
            if kind == 1:  # base_addressx
                base = self._indexed_address(unit, cursor.uleb())
                continue
            if kind == 5:  # base_address
                base = cursor.unsigned(ADDRESS_SIZE)
                continue
            if kind == 2:  # startx_endx
                start, end = self._indexed_address(unit, cursor.uleb()), self._indexed_address(unit, cursor.uleb())
            elif kind == 3:  # startx_length
                start = self._indexed_address(unit, cursor.uleb())
                end = start + cursor.uleb()
            elif kind == 4:  # offset_pair
                start, end = base + cursor.uleb(), base + cursor.uleb()
            elif kind == 6:  # start_end
                start, end = cursor.unsigned(ADDRESS_SIZE), cursor.unsigned(ADDRESS_SIZE)
            elif kind == 7:  # start_length
                start = cursor.unsigned(ADDRESS_SIZE)
                end = start + cursor.uleb()
            else:
                raise DwarfError(f"a range list has an entry of kind {kind}")
            if start < end:
                found.append((start, end))
        return found


def _number_at(section: bytes, offset: int, size: int) -> int:
    return Cursor(section, offset).unsigned(size)


def unit_holding(units: list[Unit], offset: int) -> Unit | None:
    """Return the unit of ``units`` (by offset) whose entries include ``offset`` of .debug_info."""
    index = bisect_right(units, offset, key=lambda unit: unit.offset) - 1
    return units[index] if index >= 0 and units[index].entries <= offset < units[index].end else None
