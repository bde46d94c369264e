"""Inlined call chains: which functions an instruction belongs to, innermost first. [DWARF 5, 3.3.8]"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter

from emulator.dwarf.cursor import DwarfError
from emulator.dwarf.forms import Value
from emulator.dwarf.units import (
    DW_AT_ABSTRACT_ORIGIN,
    DW_AT_CALL_FILE,
    DW_AT_CALL_LINE,
    DW_AT_NAME,
    DW_AT_SPECIFICATION,
    DW_TAG_INLINED_SUBROUTINE,
    DW_TAG_SUBPROGRAM,
    Unit,
    UnitReader,
    unit_holding,
)

_FUNCTION_TAGS = frozenset({DW_TAG_SUBPROGRAM, DW_TAG_INLINED_SUBROUTINE})

_LONGEST_ORIGIN = 8
"""References from an entry to the one that bears its name; compilers make at most three."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The code of one function, or of one inlined copy of it. The call site is 0, 0 where the function is not inlined.

    ``call_file`` is a number of the unit's line table.
    """

    depth: int
    ranges: tuple[tuple[int, int], ...]
    inlined: bool
    call_file: int
    call_line: int
    attributes: dict[int, Value]

    def start_around(self, address: int) -> int | None:
        """Return where the scope's range around ``address`` begins, None when the address is not in the scope."""
        return max((start for start, end in self.ranges if start <= address < end), default=None)


def read_scopes(reader: UnitReader, unit: Unit) -> list[Scope]:
    """Return the functions and inlined copies of ``unit`` that have code, in file order. Raises DwarfError."""
    scopes = []
    for entry in reader.entries(unit, _FUNCTION_TAGS):
        ranges = reader.ranges(unit, entry.attributes)
        if ranges:
            scopes.append(
                Scope(
                    entry.depth,
                    tuple(ranges),
                    entry.tag == DW_TAG_INLINED_SUBROUTINE,
                    reader.number(entry.attributes, DW_AT_CALL_FILE) or 0,
                    reader.number(entry.attributes, DW_AT_CALL_LINE) or 0,
                    entry.attributes,
                )
            )
    return scopes


def call_chain(scopes: list[Scope], address: int) -> list[Scope]:
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


def scope_name(reader: UnitReader, units: list[Unit], unit: Unit, scope: Scope) -> str:
    """Return the name of a scope's function, "" where none is recorded. Raises DwarfError."""
    attributes = scope.attributes
    for _ in range(_LONGEST_ORIGIN):
        if DW_AT_NAME in attributes:
            return reader.string(unit, attributes[DW_AT_NAME])
        link = attributes.get(DW_AT_ABSTRACT_ORIGIN) or attributes.get(DW_AT_SPECIFICATION)
        offset = reader.reference(unit, link) if link else None
        if offset is None:
            return ""
        holder = unit_holding(units, offset)
        if holder is None:
            raise DwarfError("a reference leads outside the units")
        unit, attributes = holder, reader.entry_at(holder, offset)
    raise DwarfError("a function's name is too many references away")
