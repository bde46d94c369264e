"""What the kit needs of its ELFs: addresses of symbols, and a copy with one word changed."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from kit.errors import KitError

SEMIHOSTING = "conformance_semihosting"
REPORT = "conformance_report"
END = "conformance_end"

_SHT_SYMTAB, _PT_LOAD = 2, 1


@dataclass(frozen=True, slots=True)
class Symbol:
    """An address, without the Thumb bit of functions, and a size in bytes."""

    address: int
    size: int


class Elf:
    """A 32-bit little-endian ELF as the kit's linker scripts make them."""

    def __init__(self, path: Path) -> None:
        """Raises KitError when it is none."""
        self.path = path
        self._data = path.read_bytes()
        if self._data[:6] != b"\x7fELF\x01\x01":
            raise KitError(f"{path} is no 32-bit little-endian ELF.")
        try:
            self.symbols = dict(self._symbols())
            self.entry = self._unpack("<I", 24)[0] & ~1
        except (struct.error, UnicodeDecodeError, ValueError) as error:
            raise KitError(f"{path} is a damaged ELF: {error}.") from error

    def symbol(self, name: str) -> Symbol:
        """Return a symbol. Raises KitError when it is not there."""
        if name not in self.symbols:
            raise KitError(f"{self.path} has no symbol {name}: build it with the kit's runtime/.")
        return self.symbols[name]

    def without_semihosting(self) -> bytes:
        """Return the file with conformance_semihosting zero."""
        address = self.symbol(SEMIHOSTING).address
        start, size, count = *self._unpack("<I", 28), *self._unpack("<2H", 42)
        for number in range(count):
            kind, offset, virtual, _, length = self._unpack("<5I", start + size * number)
            if kind == _PT_LOAD and virtual <= address <= virtual + length - 4:
                place = offset + address - virtual
                return self._data[:place] + bytes(4) + self._data[place + 4 :]
        raise KitError(f"{self.path}: {SEMIHOSTING} is not in what is loaded.")

    def _unpack(self, form: str, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(form, self._data, offset)

    def _symbols(self) -> list[tuple[str, Symbol]]:
        start, size, count = *self._unpack("<I", 32), *self._unpack("<2H", 46)
        sections = [self._unpack("<10I", start + size * number) for number in range(count)]
        found = []
        for section in sections:
            if section[1] != _SHT_SYMTAB:
                continue
            names = sections[section[6]][4]
            for offset in range(section[4], section[4] + section[5], 16):
                name, value, length, info, _, _ = self._unpack("<3I2BH", offset)
                end = self._data.index(b"\0", names + name)
                address = value & ~1 if info & 15 == 2 else value  # STT_FUNC
                found.append((self._data[names + name : end].decode(), Symbol(address, length)))
        return found
