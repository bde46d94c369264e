"""Reads a kernel's data from guest memory: words, names and lists, all of which may be anything.

A word that is not in memory ends the reading of what it is part of: ``GuestAccessError`` goes up to whoever can leave
that out. Lists are followed for a bounded number of steps. Symbols are found by their plain names, also where the
compiler added a suffix. No state but the symbols with suffixes, once somebody needs them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import takewhile

from emulator.debuginfo.source import Layout
from emulator.errors import GuestAccessError
from emulator.image.image import Image, Symbol

_POINTER = 4
LONGEST_NAME = 64
"""Bytes of a thread's or an object's name that are shown."""


class GuestData:
    """The memory of a machine as a debugger sees it (``peek``), with the ``image`` that it runs."""

    def __init__(self, peek: Callable[[int, int], bytes], image: Image) -> None:
        self._peek = peek
        self.image = image

    # -- memory: these raise GuestAccessError --------------------------------------------------------------------------

    def bytes(self, address: int, size: int) -> bytes:
        """Return ``size`` bytes."""
        if not 0 <= address <= address + size <= 1 << 32:
            raise GuestAccessError(f"0x{address:x} is no address")
        return self._peek(address, size)

    def word(self, address: int) -> int:
        """Return the word there."""
        return int.from_bytes(self.bytes(address, 4), "little")

    def words(self, address: int, count: int) -> tuple[int, ...]:
        """Return ``count`` words."""
        return struct.unpack(f"<{count}I", self.bytes(address, 4 * count))

    def number(self, address: int, size: int) -> int:
        """Return the unsigned number of ``size`` bytes there."""
        return int.from_bytes(self.bytes(address, size), "little")

    # -- memory: these do not ------------------------------------------------------------------------------------------

    def word_or(self, address: int, other: int) -> int:
        """Return the word there, ``other`` where there is no memory."""
        try:
            return self.word(address)
        except GuestAccessError:
            return other

    def text(self, address: int, longest: int = LONGEST_NAME) -> str:
        """Return the text of ``longest`` bytes at the most, up to the first that is not printable, or no UTF-8."""
        found = bytearray()
        try:
            for offset in range(min(longest, LONGEST_NAME)):
                byte = self.number(address + offset, 1)
                if byte < 0x20 or byte == 0x7F:
                    break
                found.append(byte)
        except GuestAccessError:
            pass
        try:
            text = found.decode()
        except UnicodeDecodeError as error:
            text = found[: error.start].decode()
        return "".join(takewhile(str.isprintable, text))

    def text_at(self, pointer: int, longest: int = LONGEST_NAME) -> str:
        """Return the text that the word at ``pointer`` leads to, '' where it leads nowhere."""
        address = self.word_or(pointer, 0)
        return self.text(address, longest) if address else ""

    def chain(self, first: int, link: int, most: int) -> Iterator[int]:
        """Yield ``first`` and what the words at offset ``link`` lead to: up to NULL, one seen before, or ``most``."""
        seen: set[int] = set()
        address = first
        while address and address not in seen and len(seen) < most:
            yield address
            seen.add(address)
            address = self.word_or(address + link, 0)

    # -- symbols -------------------------------------------------------------------------------------------------------

    def symbol(self, name: str) -> Symbol | None:
        """Return the symbol called ``name``, also ``name.lto_priv.0`` or ``name.12``; None where there is none."""
        return self.image.symbols.by_name.get(name) or self._suffixed.get(name)

    @cached_property
    def _suffixed(self) -> dict[str, Symbol]:
        found: dict[str, Symbol] = {}
        for symbol in self.image.symbols.symbols:
            stem, dot, _ = symbol.name.partition(".")
            if dot and stem:
                found.setdefault(stem, symbol)
        return found

    def address(self, name: str) -> int | None:
        """Return the address of a symbol, None where there is none."""
        symbol = self.symbol(name)
        return None if symbol is None else symbol.address

    def variable(self, name: str, otherwise: int = 0) -> int:
        """Return the word that is called ``name``, ``otherwise`` where there is none."""
        address = self.address(name)
        return otherwise if address is None else self.word_or(address, otherwise)

    def describe(self, address: int) -> str:
        """Return the name of the data object at ``address``, with an offset; '' where none is known."""
        symbol = self.image.symbols.find_object(address)
        return "" if symbol is None else self.image.symbols.describe(address)

    def function(self, address: int) -> str:
        """Return the name of the function that begins at ``address``, a pointer with bit 0 set; '' where none does."""
        symbol = self.image.symbols.find_code(address & ~1) if address & 1 else None
        return symbol.name if symbol is not None and symbol.address & ~1 == address & ~1 else ""

    def object_name(self, address: int) -> str:
        """Return what the program calls the object at ``address``: its own name, else that of the first variable in
        memory that points to it, else as ``describe``.
        """
        symbol = self.image.symbols.find_object(address)
        if symbol is not None and symbol.address == address:
            return symbol.name
        pointers = (each for each in self.image.symbols.symbols if each.is_data and each.size == _POINTER)
        found = (each for each in pointers if self.word_or(each.address, 0) == address)
        first = min(found, key=lambda each: (each.address, each.name), default=None)
        return self.describe(address) if first is None else first.name

    def layouts(self, function: str, *names: str) -> dict[str, Layout]:
        """Return the structures called ``names`` as the code of ``function`` knows them; those that are known."""
        symbol = self.symbol(function)
        return {} if symbol is None else self.image.layouts(symbol.address, names)
