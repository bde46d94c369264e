"""Reads Intel HEX: lines of records that place bytes at addresses. [Intel Hexadecimal Object File Format, rev. A]

The start addresses of records 03 and 05 are checked but not used: a Cortex-M starts from its vector table.
"""

from __future__ import annotations

import os
from binascii import unhexlify

from emulator.errors import ImageError
from emulator.image.image import Image, Segment, SymbolTable
from emulator.program_file import base_name, printable, shown_path
from emulator.records import dataclass

DATA, END_OF_FILE = 0, 1
EXTENDED_SEGMENT_ADDRESS, START_SEGMENT_ADDRESS = 2, 3
EXTENDED_LINEAR_ADDRESS, START_LINEAR_ADDRESS = 4, 5

_DATA_SIZES = {
    END_OF_FILE: 0,
    EXTENDED_SEGMENT_ADDRESS: 2,
    START_SEGMENT_ADDRESS: 4,
    EXTENDED_LINEAR_ADDRESS: 2,
    START_LINEAR_ADDRESS: 4,
}
_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class _Piece:
    """The data of one record at its address."""

    address: int
    data: bytes
    line: int


def is_hex(data: bytes) -> bool:
    """Whether ``data`` begins as an Intel HEX file does: a colon and the digits of a record."""
    start = data[:64].lstrip()[:9]
    return len(start) >= 3 and start[:1] == b":" and all(byte in _HEX_DIGITS for byte in start[1:])


def read_hex(data: bytes, path: str | os.PathLike[str]) -> Image:
    """Return the program in ``data``, the contents of the Intel HEX file the user named ``path``.

    Records that touch become one segment. A missing end record is a warning: the file may have been cut. Raises
    ImageError with the number of the line that is wrong.
    """
    reader = _Reader(shown_path(path))
    for number, line in enumerate(data.splitlines(), 1):
        record = line.strip()
        if record:
            reader.read(number, record)
    image = Image(base_name(path), reader.segments(), SymbolTable([]))
    if not reader.ended:
        image.warnings.append(f"{image.name}: no end-of-file record; the file may have been cut")
    return image


class _Reader:
    """What the records so far say."""

    def __init__(self, shown: str) -> None:
        self.ended = False
        self._shown = shown
        self._line = 0
        self._base = 0
        self._segmented = False
        self._pieces: list[_Piece] = []

    def _refusal(self, what: str) -> ImageError:
        return ImageError(f"{self._shown} line {self._line}: {what}. Convert the program to Intel HEX again.")

    def read(self, line: int, text: bytes) -> None:
        """Take the record ``text`` of line number ``line``."""
        self._line = line
        if self.ended:
            raise self._refusal("a record after the end-of-file record")
        address, kind, data = self._decode(text)
        if kind == DATA:
            self._place(address, data)
        elif kind not in _DATA_SIZES:
            raise self._refusal(f"record type {kind:02X} is not one of 00 to 05")
        elif len(data) != _DATA_SIZES[kind]:
            raise self._refusal(f"a record of type {kind:02X} has {len(data)} bytes of data, not {_DATA_SIZES[kind]}")
        elif kind == END_OF_FILE:
            self.ended = True
        elif kind in (EXTENDED_SEGMENT_ADDRESS, EXTENDED_LINEAR_ADDRESS):
            self._segmented = kind == EXTENDED_SEGMENT_ADDRESS
            self._base = int.from_bytes(data, "big") << (4 if self._segmented else 16)

    def _decode(self, text: bytes) -> tuple[int, int, bytes]:
        """Return (address field, type, data) of a record."""
        if text[:1] != b":":
            raise self._refusal(f'"{printable(text.decode("latin-1"), 16)}" does not begin with a colon')
        try:
            record = unhexlify(text[1:])
        except ValueError:
            raise self._refusal("it is not pairs of hexadecimal digits") from None
        if len(record) < 5 or len(record) != record[0] + 5:
            raise self._refusal(f"the record has {len(record)} bytes, its length field needs {(record or b'0')[0] + 5}")
        if sum(record) & 0xFF:
            right = -sum(record[:-1]) & 0xFF
            raise self._refusal(f"the checksum is {record[-1]:02X}, it must be {right:02X}")
        return int.from_bytes(record[1:3], "big"), record[3], record[4:-1]

    def _place(self, offset: int, data: bytes) -> None:
        if not data:
            return
        if self._segmented and offset + len(data) > 0x1_0000:
            # In a segment the offset wraps at 64 KiB. In linear mode the address simply goes on.
            first = 0x1_0000 - offset
            self._pieces.append(_Piece(self._base + offset, data[:first], self._line))
            self._pieces.append(_Piece(self._base, data[first:], self._line))
            return
        if self._base + offset + len(data) > 1 << 32:
            raise self._refusal("the data passes the end of the address space")
        self._pieces.append(_Piece(self._base + offset, data, self._line))

    def segments(self) -> list[Segment]:
        """Return the data as segments, lowest first; raises ImageError when two records overlap or there are none."""
        if not self._pieces:
            raise ImageError(f"{self._shown} holds no data records. Convert the program to Intel HEX again.")
        runs: list[list[_Piece]] = []
        for piece in sorted(self._pieces, key=lambda piece: (piece.address, piece.line)):
            end = runs[-1][-1].address + len(runs[-1][-1].data) if runs else -1
            if piece.address < end:
                self._line = max(piece.line, runs[-1][-1].line)
                other = min(piece.line, runs[-1][-1].line)
                raise self._refusal(f"address 0x{piece.address:08x} has data from line {other} already")
            if piece.address == end:
                runs[-1].append(piece)
            else:
                runs.append([piece])
        joined = [(run[0].address, b"".join(piece.data for piece in run)) for run in runs]
        return [Segment(address, data, len(data)) for address, data in joined]
