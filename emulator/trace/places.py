"""Names for the addresses of a run: functions, objects, source lines, and whose stack it is. Each is looked up once.

State: what was looked up, bounded, and the stacks that are protected now.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.debuginfo.source import shown_source
from emulator.image.image import Image

LEAST_POINTER = 256
"""Smaller words are no objects, also where a pointer is declared: what is there is the vector table."""
MOST_KNOWN = 1 << 16
"""Addresses that are remembered: a guest that jumps everywhere costs time, not memory."""


class Places:
    """The places of ``image``, and the stacks that ``protect`` names. ``thread_name`` returns the name of a thread."""

    def __init__(self, image: Image, thread_name: Callable[[int], str]) -> None:
        self._image = image
        self._thread_name = thread_name
        self._symbols: dict[int, str | None] = {}
        self._lines: dict[int, str | None] = {}
        self._stacks: dict[int, tuple[int, int]] = {}

    def protect(self, base: int, size: int, owner: int) -> None:
        """The bytes at ``base`` are the stack of the thread ``owner``."""
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
                return f"stack of {self._thread_name(owner)}+0x{address - base:x}"
        return self._describe(address)

    def named(self, address: int) -> str | None:
        """Return the name of the object at ``address``, or of the function that begins there; None for others."""
        symbols = self._image.symbols
        code = symbols.find_code(address & ~1) if address & 1 else None
        if code is not None and code.address == address & ~1:
            return code.name
        held = symbols.find_object(address) if address >= LEAST_POINTER else None
        if held is None:
            return None
        return f"{held.name}+0x{address - held.address:x}" if address != held.address else held.name

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
