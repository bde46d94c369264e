"""What debug information says: an address's line and functions, how to leave them, layouts. Values only."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The source line of an instruction. ``path`` is as the compiler recorded it."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{shown_source(self.path)}:{self.line}"


def shown_source(path: str) -> str:
    """Return a recorded path as people read it: ``a/../b.c`` is ``b.c``, and it does not begin with ``../``."""
    path = posixpath.normpath(path.replace("\\", "/"))
    while path.startswith("../"):
        path = path[3:]
    return path


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """One function of an inlined call chain, at the line it had reached. ``function`` is empty where unknown."""

    function: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class CodeRow:
    """The code [start, end) is of one source line, in one function or one inlined copy of it.

    ``scope`` tells copies apart: it is the same for all rows of one copy, and of no other.
    """

    start: int
    end: int
    path: str
    line: int
    scope: tuple[int, int]


@dataclass(frozen=True, slots=True)
class CodeFunction:
    """A function that has code of its own. ``path`` and ``line`` are those that its code begins with."""

    name: str
    start: int
    ranges: tuple[tuple[int, int], ...]
    path: str
    line: int


class CodeListing(NamedTuple):
    """All that is known of a program's code. ``data`` are the ranges within code that hold data: literals, tables."""

    rows: tuple[CodeRow, ...] = ()
    functions: tuple[CodeFunction, ...] = ()
    data: tuple[tuple[int, int], ...] = ()

    def moved(self, offset: int) -> CodeListing:
        """Return the listing of the same code ``offset`` bytes above."""

        def pairs(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
            return tuple((start + offset & WORD_MASK, end + offset & WORD_MASK) for start, end in ranges)

        rows = (
            replace(row, start=row.start + offset & WORD_MASK, end=row.end + offset & WORD_MASK) for row in self.rows
        )
        functions = (
            replace(function, start=function.start + offset & WORD_MASK, ranges=pairs(function.ranges))
            for function in self.functions
        )
        return CodeListing(tuple(rows), tuple(functions), pairs(self.data))


@dataclass(frozen=True, slots=True)
class UnwindRow:
    """How to leave the function at one address (from DWARF CFI): CFA = register ``cfa_register`` + ``cfa_offset``.

    ``saved`` maps a core register number (0-15) to the offset from the CFA at which the caller's value is stored.
    ``return_register`` is normally 14. The caller's stack pointer is the CFA.
    """

    cfa_register: int
    cfa_offset: int
    saved: dict[int, int]
    return_register: int = 14


class Member(NamedTuple):
    """Where a member of a structure is, and how many bytes it has: 0 where that is not known."""

    offset: int
    size: int


class Layout(NamedTuple):
    """A structure of ``size`` bytes; members by name, and those inside of others by their path: ``Object.id``."""

    size: int
    members: dict[str, Member]


class Part(NamedTuple):
    """A part of a variable: ``path`` as C says it, ``start`` and ``size`` in bytes from where the variable begins.

    ``element`` is the size of what an array consists of, and 0 for any other part.
    """

    path: str
    start: int
    size: int
    element: int


class Variable(NamedTuple):
    """A variable, or a part of it, as C says it: ``path`` is ``request.answer``. ``function`` is '' for a global one.

    ``file`` is a number of the unit's line table, 0 where unknown, and ``line`` is where it is declared. ``offset``
    is that of the variable from the frame's canonical address. ``is_active``: execution is in its function.
    ``parts`` are what the place is in, from the whole variable inwards.
    """

    path: str
    function: str
    file: int
    line: int
    offset: int
    is_active: bool
    parts: tuple[Part, ...] = ()
