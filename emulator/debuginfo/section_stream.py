"""Streams over debug sections that end a reader which does more work than the sections' size can ask for.

A reader that follows every offset and believes every count can be kept busy for hours by a small damaged file. Its
reads are counted: what a valid file needs is about one step a byte.
"""

from __future__ import annotations

import io

from emulator.debuginfo.debug_tables import DwarfError

STEPS_PER_BYTE = 4
SPARE_STEPS = 200_000
MOST_STEPS = 10_000_000
LONGEST_RUN = 4096
"""Bytes of 0x80 and more that are read one by one in succession, as long numbers and strings are."""


class Allowance:
    """Steps of reading that may still be done, for sections of ``size`` bytes together."""

    def __init__(self, size: int) -> None:
        self._left = self._whole = min(SPARE_STEPS + STEPS_PER_BYTE * size, MOST_STEPS)

    @property
    def spent(self) -> int:
        """The steps done so far."""
        return self._whole - self._left

    def spend(self, steps: int) -> None:
        """Take ``steps`` off; raises DwarfError when none are left, which damaged cross-references cause."""
        self._left -= steps
        if self._left < 0:
            raise DwarfError("reading it takes too long")


class SectionStream(io.BytesIO):
    """The contents of a section. Reading raises DwarfError once the allowance is spent.

    Asking for the position counts too: for an attribute whose value is in the abbreviation, pyelftools does no more.
    """

    def __init__(self, contents: bytes, allowance: Allowance) -> None:
        super().__init__(contents)
        self._allowance = allowance
        self._run = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next ``size`` bytes, fewer at the end."""
        data = super().read(size)
        self._allowance.spend(1 + (len(data) >> 8))
        # A LEB128 number is put together in time proportional to the square of its length.
        self._run = self._run + 1 if len(data) == 1 and data >= b"\x80" else 0
        if self._run > LONGEST_RUN:
            raise DwarfError("a number or a string does not end")
        return data

    def tell(self) -> int:
        """Return the position."""
        self._allowance.spend(1)
        return super().tell()
