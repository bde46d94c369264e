"""One code hook whose range moves, so that its cost does not grow with the number of instructions to watch.

Unicorn decides when it *translates* an instruction whether a hook covers it, calls a single hook directly from
translated code, but walks through all hooks when there are several. So there is one hook. It normally covers
everything: whatever gets translated is watched, and nothing can be missed. A block that turns out hot is translated
again while the hook covers only the instructions that must be watched.

Unicorn has no call for moving a hook. Its handle is the address of the hook's record, which begins with 24 bytes of
other fields, then ``begin``, ``end``, the callback and its data. ``find`` compares all four with what was registered,
and answers None where they differ: then each instruction gets a hook of its own, as in pure Python.
"""

from __future__ import annotations

import ctypes

PROBE = (0x5A5A_0000_1111_0000, 0x5A5A_0000_1111_0001)
"""A range that no guest reaches, to recognise in the record."""
EVERYTHING = (1, 0)
NOTHING = (1 << 62, 1 << 62)
_FIELDS_BEFORE = 24


class MovableHook:
    """The range of a registered hook."""

    def __init__(self, record: int) -> None:
        self.record = record
        """The handle of the hook."""
        self._fields = (ctypes.c_uint64 * 4).from_address(record + _FIELDS_BEFORE)
        self._is_fixed = False

    @classmethod
    def find(cls, handle: int, callback: int, data: int) -> MovableHook | None:
        """Return the hook registered for PROBE with these addresses, or None when its record looks different."""
        fields = (ctypes.c_uint64 * 4).from_address(handle + _FIELDS_BEFORE)
        return cls(handle) if tuple(fields) == (*PROBE, callback, data) else None

    def fields(self) -> tuple[int, ...]:
        """Return its range, its callback and its data, for ``move``."""
        return tuple(self._fields)

    def move(self, record: int, fields: tuple[int, ...]) -> None:
        """The hook was added anew: it is to be what it was."""
        self.record = record
        self._fields = (ctypes.c_uint64 * 4).from_address(record + _FIELDS_BEFORE)
        self._fields[:] = list(fields)

    def cover(self, begin: int, end: int) -> None:
        """Cover ``begin`` to ``end``, both included, in what is translated from now on."""
        if not self._is_fixed:
            self._fields[0], self._fields[1] = begin, end

    def redirect(self, callback: int, data: int) -> None:
        """Call ``callback`` with ``data`` from now on, and before every instruction. Nothing was translated yet."""
        self.cover(*EVERYTHING)
        self._is_fixed = True
        self._fields[2], self._fields[3] = callback, data
