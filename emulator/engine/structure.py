"""Structures that Python and C share, declared once: each is a ctypes class whose fields are lines of C.

native_header.py writes the same lines, with the offsets that ctypes gives them, into the header that C compiles.
"""

from __future__ import annotations

import ctypes
from binascii import crc32
from collections.abc import Iterable, Mapping

from emulator.annotations import Any

CACHE_LINE = 64
"""Bytes that the host's processor fetches from memory at once."""
NUMBERS: dict[str, Any] = {
    "uint8_t": ctypes.c_uint8,
    "int8_t": ctypes.c_int8,
    "uint16_t": ctypes.c_uint16,
    "int16_t": ctypes.c_int16,
    "uint32_t": ctypes.c_uint32,
    "int32_t": ctypes.c_int32,
    "uint64_t": ctypes.c_uint64,
}


def fields(lines: Iterable[str], types: Mapping[str, Any], numbers: Mapping[str, int]) -> list[tuple[str, Any]]:
    """Return what ctypes lays out for the C declarations ``lines``, each ``type name, name[number]; and a comment``.

    ``types`` has what is not a plain number of 8 to 64 bits, ``numbers`` the names that stand for lengths. Whatever has
    a star is a pointer, an integer in Python. KeyError for a type or a length that nobody knows.
    """
    result = []
    for line in lines:
        declaration = line.partition(";")[0]
        before, star, names = declaration.rpartition("*")
        if not star:
            before, _, names = declaration.partition(" ")
        kind = ctypes.c_void_p if star else NUMBERS.get(before) or types[before]
        for declarator in names.split(","):
            name, _, length = declarator.strip().partition("[")
            count = length.rstrip("]")
            result.append((name, kind * (int(count) if count.isdigit() else numbers[count]) if count else kind))
    return result


def at_cache_line(kind: Any) -> Any:
    """Return zeros of the ctypes type ``kind`` in memory that begins with a cache line of the host."""
    memory = (ctypes.c_char * (ctypes.sizeof(kind) + CACHE_LINE - 1))()
    return kind.from_buffer(memory, -ctypes.addressof(memory) % CACHE_LINE)


def fingerprint(structures: Mapping[str, Any]) -> int:
    """Return a number that changes with any line of ``structures``: halves that were built apart differ in it."""
    lines = [line for name, structure in structures.items() for line in (name, *structure.LINES)]
    return crc32("\n".join(lines).encode())
