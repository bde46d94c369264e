"""Writes an image as a plain ELF for QEMU: both sides get the same bytes, whatever file they came from."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from emulator.image.image import Segment

_HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
_PROGRAM_HEADER = struct.Struct("<8I")
_IDENT = b"\x7fELF\x01\x01\x01"
_EXECUTABLE, _ARM, _LOAD, _READ_WRITE_EXECUTE = 2, 40, 1, 7
_EABI5 = 0x0500_0000


def elf_bytes(segments: Sequence[Segment], entry: int) -> bytes:
    """Return an ELF32 executable for ARM that loads ``segments`` at their addresses. [ELF specification 1.2]"""
    loaded = [segment for segment in segments if segment.memory_size]
    offset = _HEADER.size + _PROGRAM_HEADER.size * len(loaded)
    headers, contents = [], []
    for segment in loaded:
        headers.append(
            _PROGRAM_HEADER.pack(
                *(_LOAD, offset, segment.address, segment.address),
                *(len(segment.data), segment.memory_size, _READ_WRITE_EXECUTE, 1),
            )
        )
        contents.append(segment.data)
        offset += len(segment.data)
    header = _HEADER.pack(
        *(_IDENT, _EXECUTABLE, _ARM, 1, entry, _HEADER.size, 0, _EABI5),
        *(_HEADER.size, _PROGRAM_HEADER.size, len(loaded), 0, 0, 0),
    )
    return b"".join((header, *headers, *contents))
