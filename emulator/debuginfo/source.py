"""What debug information says of an address: its line, its functions, and how to leave them. Values only."""

from __future__ import annotations

import posixpath

from emulator.records import dataclass


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
class UnwindRow:
    """How to leave the function at one address (from DWARF CFI): CFA = register ``cfa_register`` + ``cfa_offset``.

    ``saved`` maps a core register number (0-15) to the offset from the CFA at which the caller's value is stored.
    ``return_register`` is normally 14. The caller's stack pointer is the CFA.
    """

    cfa_register: int
    cfa_offset: int
    saved: dict[int, int]
    return_register: int = 14
