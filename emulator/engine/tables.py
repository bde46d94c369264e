"""The tables of the engine: decoded blocks, instructions to watch, pages, split pages, memory maps.

native/tables.c has them, in memory that native/hooks.c looks into; ``NativeTable`` is one of them for Python, and
``PlainTable`` does the same without the extension. Both number their slots: what belongs to an entry is kept by the
number of its slot, and what was kept there before is what had to go. A table is a cache. It is bounded, and what it
gives up it asks Python for again.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from emulator.annotations import Any, Protocol
from emulator.engine.shared_state import State

PROBES = 8
"""Where an entry may be: so many slots from its place on."""


def block_place(key: int) -> int:
    """block_place() of native/state.h."""
    return key >> 13


def special_place(key: int) -> int:
    """special_place() of native/state.h."""
    return key >> 1


def mixed_place(key: int) -> int:
    """mixed() of native/tables.c."""
    return (key * 0x9E37_79B9_7F4A_7C15 & 0xFFFF_FFFF_FFFF_FFFF) >> 32


class Table(Protocol):
    """Keys, none of them zero, in numbered slots."""

    def find(self, key: int) -> int:
        """Return the number of the slot of ``key``, -1 for none."""

    def put(self, key: int) -> int:
        """Return the number of the slot of ``key`` from now on; another key loses it when none is free."""

    def drop(self, key: int) -> int:
        """Make the slot of ``key`` free; return its number, -1 for none."""

    def sweep(self) -> int:
        """Return the number of a slot whose key was not used since this last passed it, -1 for none."""

    def clear(self) -> None:
        """Make all slots free."""


class PlainTable:
    """See Table. The number of slots is a power of two."""

    def __init__(self, slots: int, place: Callable[[int], int]) -> None:
        self._mask = slots - 1
        self._place = place
        self._hand = self._swept = 0
        self._number_of: dict[int, int] = {}
        self._key_at: dict[int, int] = {}
        self._used: set[int] = set()

    def find(self, key: int) -> int:
        """See Table."""
        number = self._number_of.get(key, -1)
        if number >= 0:
            self._used.add(number)
        return number

    def put(self, key: int) -> int:
        """See Table."""
        number = self.find(key)
        if number < 0:
            number = self._slot_for(self._place(key))
            self._number_of.pop(self._key_at.get(number, 0), None)
            self._number_of[key], self._key_at[number] = number, key
            self._used.add(number)
        return number

    def _slot_for(self, place: int) -> int:
        numbers = [(place + probe) & self._mask for probe in range(PROBES)]
        for number in numbers:
            if number not in self._key_at:
                return number
        self._hand = self._hand * 1664525 + 1013904223 & 0xFFFF_FFFF
        first = (self._hand >> 16) % PROBES
        for number in (*numbers[first:], *numbers[:first]):
            if number not in self._used:
                return number
        self._used.difference_update(numbers)
        return numbers[first]

    def drop(self, key: int) -> int:
        """See Table."""
        number = self._number_of.pop(key, -1)
        if number >= 0:
            del self._key_at[number]
            self._used.discard(number)
        return number

    def sweep(self) -> int:
        """See Table."""
        for _ in range(2 * (self._mask + 1)):
            number = self._swept & self._mask
            self._swept += 1
            if number in self._key_at and number not in self._used:
                return number
            self._used.discard(number)
        return -1

    def clear(self) -> None:
        """See Table."""
        self._number_of.clear()
        self._key_at.clear()
        self._used.clear()


class NativeTable:
    """See Table: the one of ``state`` that is called ``name``. ``functions`` is the extension; tables were made."""

    def __init__(self, functions: Any, state: State, name: str, slot: Any) -> None:
        address, offset = ctypes.addressof(state), getattr(State, name).offset
        self._first: int = getattr(state, name).slots
        self._size = ctypes.sizeof(slot)
        count = getattr(state, name).mask + 1
        self.slots = (slot * (count + (name == "blocks"))).from_address(self._first)
        """The slots; ``put`` and ``drop`` alone write their keys. Behind the blocks there is a spare one."""
        find, put, drop, sweep, clear = (getattr(functions, name) for name in ("find", "put", "drop", "sweep", "clear"))
        self.find: Callable[[int], int] = lambda key: find(address, offset, key)
        self.put: Callable[[int], int] = lambda key: put(address, offset, key)
        self.drop: Callable[[int], int] = lambda key: drop(address, offset, key)
        self.sweep: Callable[[], int] = lambda: sweep(address, offset)
        self.clear: Callable[[], None] = lambda: clear(address, offset)

    def address(self, number: int) -> int:
        """Return the address of a slot."""
        return self._first + self._size * number

    def number(self, address: int) -> int:
        """Return the number of the slot at ``address``."""
        return (address - self._first) // self._size
