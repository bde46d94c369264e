"""Names for the addresses of a run: functions, objects, source lines, and whose stack it is. Each is looked up once.

State: what was looked up, bounded, and the stacks that are protected now.
"""

from __future__ import annotations

from emulator.debuginfo.source import shown_source
from emulator.image.image import Image

MOST_KNOWN = 1 << 16
"""Addresses that are remembered: a guest that jumps everywhere costs time, not memory."""


class Places:
    """The places of ``image``, and the stacks that ``protect`` names."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._symbols: dict[int, str | None] = {}
        self._lines: dict[int, str | None] = {}
        self._stacks: dict[int, tuple[int, str]] = {}

    def protect(self, base: int, size: int, owner: str) -> None:
        """The bytes at ``base`` are the stack of ``owner``."""
        self._stacks[base] = size, owner

    def release(self, base: int) -> None:
        """The bytes at ``base`` are nobody's stack any more."""
        self._stacks.pop(base, None)

    def code(self, address: int) -> str | None:
        """Return ``name+0x1c`` of an instruction, None where there is no symbol."""
        address &= ~1
        if address not in self._symbols:
            self._symbols[address] = self._describe(address)
            _limit(self._symbols)
        return self._symbols[address]

    def data(self, address: int) -> str | None:
        """Return ``object+0x4``, or ``stack of 0x01+0x10``; None where nothing has a name."""
        for base, (size, owner) in self._stacks.items():
            if base <= address < base + size:
                return f"stack of {owner}+0x{address - base:x}"
        return self._describe(address)

    def named(self, address: int) -> str | None:
        """Return the name of the object or the function at ``address``; None where neither has one."""
        symbols = self._image.symbols
        symbol = symbols.find_object(address) or symbols.find_code(address & ~1)
        if symbol is None:
            return None
        offset = (address if symbol.is_data else address & ~1) - symbol.address
        return f"{symbol.name}+0x{offset:x}" if offset else symbol.name

    def line(self, address: int) -> str | None:
        """Return ``file.c:12`` of the instruction at ``address``, None without debug information."""
        if address not in self._lines:
            found = self._image.source_line(address)
            self._lines[address] = None if found is None else f"{shown_source(found.path)}:{found.line}"
            _limit(self._lines)
        return self._lines[address]

    def _describe(self, address: int) -> str | None:
        return None if self._image.symbols.find(address) is None else self._image.symbols.describe(address)


def _limit(known: dict[int, str | None]) -> None:
    if len(known) > MOST_KNOWN:
        del known[next(iter(known))]
