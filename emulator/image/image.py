"""A program as the machine loads it: bytes at physical addresses, and what is known about them.

Readers of file formats (elf.py, hexfile.py, rawfile.py) produce an ``Image``; nothing here knows a format.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from emulator.annotations import NamedTuple
from emulator.debuginfo.source import CodeListing, Layout, SourceFrame, SourceLine, UnwindRow, Variable
from emulator.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Segment:
    """``data`` goes to ``address``; the following ``memory_size - len(data)`` bytes are zeroed."""

    address: int
    data: bytes
    memory_size: int

    @property
    def end(self) -> int:
        """The first address after the segment."""
        return self.address + self.memory_size

    def __str__(self) -> str:
        return f"0x{self.address:08x}..0x{self.end - 1:08x}"


class Symbol(NamedTuple):
    """A name for an address; ``size`` is 0 where the file does not say. Thumb bits are already cleared.

    ``reach`` is how many bytes a symbol of size 0 may stand for: up to the end of its section, 0 for a number that the
    linker script made (a stack size is not an address), None where nothing is known. ``is_weak``: another definition
    could take its place. ``is_data``: an object, or in a section that holds no code.
    """

    name: str
    address: int
    size: int
    is_function: bool
    reach: int | None = None
    is_weak: bool = False
    is_data: bool = False


class SymbolTable:
    """Symbols by name and by address.

    ``symbols`` is a list, or a function that makes it: reading thousands of symbols is put off until one is asked for.
    Where names repeat, the first one has the name.
    """

    def __init__(self, symbols: list[Symbol] | Callable[[], list[Symbol]]) -> None:
        self._source = symbols
        self._symbols: list[Symbol] | None = None
        self._by_name: dict[str, Symbol] | None = None
        self._addresses: list[int] | None = None
        self._ordered: list[Symbol] = []
        self._enclosing: list[int] = []

    @property
    def symbols(self) -> list[Symbol]:
        """Every symbol, in the file's order of preference (global names before local ones)."""
        if self._symbols is None:
            self._symbols = self._source() if callable(self._source) else self._source
        return self._symbols

    @property
    def by_name(self) -> dict[str, Symbol]:
        """The symbols by name."""
        if self._by_name is None:
            self._by_name = {}
            for symbol in self.symbols:
                self._by_name.setdefault(symbol.name, symbol)
        return self._by_name

    def find(self, address: int) -> Symbol | None:
        """Return the symbol that covers ``address``, or None.

        The innermost symbol with a size wins over a label without one, so a place inside a function bears the
        function's name. A label covers what follows it up to the next symbol, within its ``reach``.
        """
        if self._addresses is None:
            self._addresses = self._index()
        index = bisect_right(self._addresses, address) - 1
        if index < 0:
            return None
        nearest = self._ordered[index]
        candidate = index if nearest.size else self._enclosing[index]
        while candidate >= 0:
            symbol = self._ordered[candidate]
            if address < symbol.address + symbol.size:
                return symbol
            candidate = self._enclosing[candidate]
        if nearest.size or (nearest.reach is not None and address >= nearest.address + nearest.reach):
            return None
        return nearest

    def find_code(self, address: int, function: str = "") -> Symbol | None:
        """Return the symbol of the code at ``address``, None where that is in no known code.

        Of several names for one function the one that the debug information calls it by, ``function``, is preferred.
        """
        symbol = self.find(address)
        if symbol is None or symbol.is_data:
            return None
        if function and symbol.name != function:
            other = self.by_name.get(function)
            if other is not None and other.address == symbol.address and not other.is_data:
                return other
        return symbol

    def find_object(self, address: int) -> Symbol | None:
        """Return the data object, of a known size, that holds ``address``; None where none does."""
        symbol = self.find(address)
        return symbol if symbol is not None and symbol.is_data and symbol.size else None

    def describe(self, address: int) -> str:
        """Return ``name+0x1c``, ``name``, or the bare address as ``0x00001234``; C++ names are the source's."""
        symbol = self.find(address)
        if symbol is None:
            return f"0x{address:08x}"
        offset, name = address - symbol.address, symbol.name
        if name.startswith("_Z"):
            from emulator.image.cxx_names import readable  # brings regular expressions

            name = readable(name)
        return f"{name}+0x{offset:x}" if offset else name

    def _index(self) -> list[int]:
        """Order the symbols that cover anything, and note for each the nearest sized symbol that begins before it."""
        # At equal addresses a function beats an object and a label, but an alias that anybody may replace is not the
        # name of what it stands for. Then a sized symbol, then the shorter name: one fixed choice.
        self._ordered = sorted(
            (s for s in self.symbols if s.size or s.reach != 0),
            key=lambda s: (s.address, _rank(s), s.is_function, s.size > 0, -len(s.name), s.name),
        )
        self._enclosing = []
        open_symbols: list[int] = []
        for index, symbol in enumerate(self._ordered):
            while open_symbols and self._end(open_symbols[-1]) <= symbol.address:
                open_symbols.pop()
            self._enclosing.append(open_symbols[-1] if open_symbols else -1)
            if symbol.size:
                open_symbols.append(index)
        return [s.address for s in self._ordered]

    def _end(self, index: int) -> int:
        return self._ordered[index].address + self._ordered[index].size


def _rank(symbol: Symbol) -> int:
    """Return how good a name is among those of one address: 2 a definition, 1 a weak one, 0 a label or an object."""
    if not symbol.is_function and (symbol.is_data or not symbol.size):
        return 0
    return 1 if symbol.is_weak else 2


@dataclass(slots=True)
class Image:
    """A loadable program. ``name`` is the file's base name, never its path (paths must not reach an artifact).

    ``notes`` maps (owner, type) of each ELF note to its descriptor bytes. ``source_line``, ``source_frames`` (the
    inlined call chain at an address, innermost first), ``unwind`` and ``listing`` (all lines and functions) are looked
    up lazily: debug information is parsed only when somebody asks. What is wrong with it then, or with the symbols, is
    one line each in ``warnings``.
    ``is_armv7em``: it was built for ARMv7E-M, and may have DSP and FP instructions that not every core executes.
    ``is_armv6m``: it was built for a Cortex-M0 or M0+, whose instructions are a part of ARMv7-M's.
    ``even_entry`` is an entry address that may be ARM code's, for nothing else says what the program was built for.
    """

    name: str
    segments: list[Segment]
    symbols: SymbolTable
    notes: dict[tuple[str, int], bytes] = field(default_factory=dict)
    source_line: Callable[[int], SourceLine | None] = lambda address: None
    unwind: Callable[[int], UnwindRow | None] = lambda address: None
    source_frames: Callable[[int], list[SourceFrame]] = lambda address: []
    warnings: list[str] = field(default_factory=list)
    even_entry: int | None = None
    is_armv7em: bool = False
    is_armv6m: bool = False
    sections: Callable[[], dict[str, tuple[int, int]]] = dict
    """Address and size of the sections by name; of equal names the first."""
    listing: Callable[[], CodeListing] = CodeListing
    layouts: Callable[[int, tuple[str, ...]], dict[str, Layout]] = lambda address, names: {}
    """The structures that bear the names, as the code at the address knows them; {} without debug information."""
    variable: Callable[[int, str, int], tuple[Variable, str] | None] = lambda address, name, offset: None
    """What is at an offset of the variable of that name as the code at the address knows it, and the path of its file;
    without a name, of the frame of that code."""

    compiler: Callable[[], str] = str
    """The version of the compiler that made the program, '' where the file does not say."""

    def segment_at(self, address: int) -> Segment | None:
        """Return the segment that holds ``address``, or None."""
        return next((s for s in self.segments if s.address <= address < s.end), None)

    def bytes_at(self, address: int, size: int) -> bytes | None:
        """Return ``size`` bytes at ``address`` as loaded, or None where the image has none of its own."""
        found = bytearray()
        while len(found) < size:
            at = address + len(found)
            segment = self.segment_at(at)
            if segment is None:
                return None
            offset = at - segment.address
            count = min(size - len(found), segment.memory_size - offset)
            found += segment.data[offset : offset + count].ljust(count, b"\0")
        return bytes(found)
