"""A program as the machine loads it: bytes at physical addresses, and what is known about them.

Readers of file formats (elf.py, hexfile.py, rawfile.py) produce an ``Image``; nothing here knows a format.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Segment:
    """``data`` goes to ``address``; the following ``memory_size - len(data)`` bytes are zeroed."""

    address: int
    data: bytes
    memory_size: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name for an address; ``size`` is 0 where the file does not say. Thumb bits are already cleared."""

    name: str
    address: int
    size: int
    is_function: bool


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The source line of an instruction. ``path`` is as the compiler recorded it."""

    path: str
    line: int


class SymbolTable:
    """Symbols by name and by address."""

    def __init__(self, symbols: list[Symbol]) -> None:
        self.by_name: dict[str, Symbol] = {}
        for symbol in symbols:
            self.by_name.setdefault(symbol.name, symbol)
        # At equal addresses a function beats an object, then a sized symbol, then the shorter name: one fixed choice.
        ordered = sorted(symbols, key=lambda s: (s.address, s.is_function, s.size > 0, -len(s.name), s.name))
        self._ordered = ordered
        self._addresses = [s.address for s in ordered]

    def find(self, address: int) -> Symbol | None:
        """Return the symbol that covers ``address`` (a symbol of size 0 covers up to the next symbol), or None."""
        index = bisect_right(self._addresses, address) - 1
        if index < 0:
            return None
        symbol = self._ordered[index]
        if symbol.size and address >= symbol.address + symbol.size:
            return None
        return symbol

    def describe(self, address: int) -> str:
        """Return ``name+0x1c``, ``name``, or the bare address as ``0x00001234``."""
        symbol = self.find(address)
        if symbol is None:
            return f"0x{address:08x}"
        offset = address - symbol.address
        return f"{symbol.name}+0x{offset:x}" if offset else symbol.name


@dataclass(slots=True)
class Image:
    """A loadable program. ``name`` is the file's base name, never its path (paths must not reach an artifact).

    ``notes`` maps (owner, type) of each ELF note to its descriptor bytes. ``source_line`` and ``unwind`` are looked up
    lazily: debug information is parsed only when somebody asks.
    """

    name: str
    segments: list[Segment]
    symbols: SymbolTable
    notes: dict[tuple[str, int], bytes] = field(default_factory=dict)
    source_line: Callable[[int], SourceLine | None] = lambda address: None
    unwind: Callable[[int], UnwindRow | None] = lambda address: None


@dataclass(frozen=True, slots=True)
class UnwindRow:
    """How to leave the function at one address (from DWARF CFI): CFA = register ``cfa_register`` + ``cfa_offset``.

    ``saved`` maps a core register number (0-15) to the offset from the CFA at which the caller's value is stored.
    ``return_register`` is normally 14.
    """

    cfa_register: int
    cfa_offset: int
    saved: dict[int, int]
    return_register: int = 14
