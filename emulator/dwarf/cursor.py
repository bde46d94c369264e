"""Reads the data representations of DWARF from bytes. [DWARF 5, 7.4 and 7.6]"""

from __future__ import annotations

from emulator.bits import sign_extend

LONGEST_LEB128 = 16
"""Bytes; assemblers pad numbers, but not to more than this."""

LONGEST_STRING = 4096
"""Bytes of a path or name that are kept."""


class DwarfError(Exception):
    """The debug information is damaged or uses a form that is not read. Never leaves the package."""


class Allowance:
    """Work that may still be done; what a valid file needs is well under one step a byte."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Take ``steps`` off; raises DwarfError when none are left, which damaged cross-references cause."""
        self._left -= steps
        if self._left < 0:
            raise DwarfError("it refers to itself too often")


class Cursor:
    """A position in ``data`` that moves with each read and never passes ``end``."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end
        if not 0 <= position <= self.end <= len(data):
            raise DwarfError("an offset lies outside its section")

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes."""
        start = self.position
        self.skip(size)
        return self.data[start : self.position]

    def skip(self, size: int) -> None:
        """Pass over ``size`` bytes."""
        if size < 0 or size > self.end - self.position:
            raise DwarfError("it ends in the middle of an entry")
        self.position += size

    def unsigned(self, size: int) -> int:
        """Return the next ``size`` bytes as an unsigned number."""
        return int.from_bytes(self.take(size), "little")

    def uleb(self) -> int:
        """Return an unsigned LEB128 number."""
        return self._leb()[0]

    def sleb(self) -> int:
        """Return a signed LEB128 number."""
        value, width = self._leb()
        return sign_extend(value, width)

    def string(self) -> str:
        """Return a null-terminated string and pass over its end."""
        stop = self.data.find(0, self.position, self.end)
        if stop < 0:
            raise DwarfError("a string does not end")
        text = self.data[self.position : min(stop, self.position + LONGEST_STRING)]
        self.position = stop + 1
        return text.decode(errors="backslashreplace")

    def initial_length(self) -> tuple[int, int]:
        """Return (end of the unit that starts here, size of its section offsets: 4 or 8). [7.4]"""
        length, offset_size = self.unsigned(4), 4
        if length == 0xFFFF_FFFF:
            length, offset_size = self.unsigned(8), 8
        if length > self.end - self.position:
            raise DwarfError("a unit is longer than its section")
        return self.position + length, offset_size

    def _leb(self) -> tuple[int, int]:
        value = width = 0
        for position in range(self.position, min(self.end, self.position + LONGEST_LEB128)):
            byte = self.data[position]
            value |= (byte & 0x7F) << width
            width += 7
            if byte < 0x80:
                self.position = position + 1
                return value, width
        raise DwarfError("a number does not end")


def string_at(section: bytes, offset: int) -> str:
    """Return the null-terminated string at ``offset`` of a string section."""
    return Cursor(section, offset).string()
