"""Compilation units, their entries, and what attributes mean: names, addresses, ranges. [DWARF 5, 7.5 and 2.17]

Entries are read one after the other in file order; sibling references are not followed, so damage cannot make a loop.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from emulator.dwarf.cursor import Allowance, Cursor, DwarfError, string_at
from emulator.dwarf.forms import (
    ADDRESS_SIZE,
    ADDRX,
    FORM_ADDR,
    FORM_LINE_STRP,
    FORM_REF_ADDR,
    FORM_RNGLISTX,
    FORM_STRP,
    STRX,
    UNIT_REFERENCES,
    Abbreviation,
    AbbreviationTable,
    Value,
    read_form,
)

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
    abbreviations: AbbreviationTable
    root: dict[int, Value] = field(default_factory=dict)


class UnitReader:
    """Reads the units of one program."""

    def __init__(self, sections: UnitSections, allowance: Allowance) -> None:
        self._sections = sections
        self._allowance = allowance
        self._abbreviation_tables: dict[tuple[int, int, int], AbbreviationTable] = {}

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
        table = self._abbreviations(abbreviations, version, offset_size)
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

    def _read_attributes(self, cursor: Cursor, unit: Unit, abbreviation: Abbreviation) -> dict[int, Value]:
        self._allowance.spend(len(abbreviation.attributes))
        found = {}
        for attribute, form, constant in abbreviation.attributes:
            value = read_form(cursor, form, constant, unit.version, unit.offset_size)
            if attribute in _WANTED:
                found[attribute] = value
        return found

    def _abbreviations(self, offset: int, version: int, offset_size: int) -> AbbreviationTable:
        key = (offset, version, offset_size)
        if key not in self._abbreviation_tables:
            table = AbbreviationTable(self._sections.abbrev, offset, version, offset_size, self._allowance)
            self._abbreviation_tables[key] = table
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
        if value.form in STRX:
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
        return unit.offset + value.raw if value.form in UNIT_REFERENCES else None

    def address(self, unit: Unit, value: Value) -> int | None:
        """Return the address of an attribute, None when its form is not an address's."""
        if not isinstance(value.raw, int):
            return None
        if value.form in ADDRX:
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
