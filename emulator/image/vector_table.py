"""Where the vector table of a program is: by the name that start-up code gives it, or by what it looks like.

Programs behind a boot loader have theirs behind its header, or wherever they were linked; files without symbols say
nothing of it. [B1.5.3] A table is a stack pointer in RAM, a reset vector into the program, and further vectors.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from struct import iter_unpack, unpack_from

from emulator.image.image import Image

NAMES = (
    *("__isr_vector", "__vector_table", "g_pfnVectors", "__Vectors", "_vectors", "vector_table", "vectors"),
    *("_vector_table", "_vector_start", "__vectors", "isr_vector", "g_pnVectors", "VECTOR_TABLE"),
)
"""What start-up code calls its vector table."""
RAM = range(0x1000_0000, 0x6000_0000)
"""Where parts have RAM. [B3.1] The code region below 0x20000000 holds some of it, and flash."""
STEP = 128
"""What the address of the smallest table is a multiple of. [B3.2.5]"""
AT_RESET = 8
"""Bytes: the initial stack pointer and the reset vector. [B1.5.5]"""
SYSTEM_VECTORS = 16
LEAST_HANDLERS = 5
"""Vectors beside that of reset that a table without a name must have: NMI, HardFault, SVCall, PendSV and SysTick."""
WHOLE = (0xE7FE, 0xE92D, 0x4770)
"""Halfwords that handlers begin with: B to itself, PUSH.W, BX LR."""
BEGINNINGS, LDR_LITERAL = (0xB500, 0xB400), 0x4800
"""The same by their upper bits: PUSH with and without LR, LDR from the literals."""
FAR_BRANCH, FAR_BRANCH_SECOND = 0xF000, 0x9000
"""Both halves of BL and B.W: a call, or a tail call, of what does the work."""
PAGE = 0x1000
LEAST_DIFFERENT = 2
MOST_PLACES = 1 << 10
"""Places that are looked at: 4 MiB."""


def find_vector_table(image: Image) -> int | None:
    """Return the address of the vector table of ``image``: what has its name, what the lowest segment that has one
    begins with, or else what looks most like one; None where there is none.
    """
    names = [image.symbols.by_name[name].address for name in NAMES if name in image.symbols.by_name]
    starts = sorted(segment.address for segment in image.segments)
    for address in (*names, *starts):
        words = image.bytes_at(address, AT_RESET)
        if words is not None and address % STEP == 0 and _starts(image, words):
            return address
    return next(_looks_like_tables(image), None)


def _starts(image: Image, words: bytes) -> bool:
    stack, reset = unpack_from("<2I", words)
    return bool(reset & 1) and stack % 4 == 0 and stack in RAM and _leads(image, reset & ~1)


def _leads(image: Image, code: int) -> bool:
    """Whether something of the program is at ``code``, or a function of it runs there that is loaded elsewhere."""
    if image.segment_at(code) is not None:
        return True
    symbol = image.symbols.find(code)
    return symbol is not None and symbol.is_function and symbol.address & ~1 == code


def _looks_like_tables(image: Image) -> Iterator[int]:
    """Yield the places within segments that hold the vectors of a whole table, the lowest first."""
    for segment in sorted(image.segments, key=lambda segment: segment.address):
        first = -segment.address % STEP
        for offset in range(first, len(segment.data) - 4 * SYSTEM_VECTORS + 1, STEP):
            if segment.data[offset + 4] & 1 and _is_whole(image, segment.data[offset : offset + 4 * SYSTEM_VECTORS]):
                yield segment.address + offset


def _is_whole(image: Image, table: bytes) -> bool:
    if not _starts(image, table[:AT_RESET]):
        return False
    handlers = [word for (word,) in iter_unpack("<I", table[AT_RESET:]) if word]
    return len(handlers) >= LEAST_HANDLERS and all(word & 1 and _leads(image, word & ~1) for word in handlers)


def likely_load_address(data: bytes) -> int | None:
    """Return where ``data``, a raw binary that begins with a vector table, was linked for.

    It is the roundest of the places, multiples of PAGE, where all of its vectors but one lead to what functions begin
    with. None where there is no such place.
    """
    if len(data) < 4 * SYSTEM_VECTORS:
        return None
    stack, *vectors = unpack_from(f"<{SYSTEM_VECTORS}I", data)
    handlers = {word & ~1 for word in vectors if word}
    if stack % 4 or stack not in RAM or not vectors[0] or not all(word & 1 or not word for word in vectors):
        return None
    if len(handlers) < LEAST_DIFFERENT:
        return None
    needed = max(LEAST_DIFFERENT, len(handlers) - 1)
    low, high = max(0, max(handlers) + 2 - len(data)), min(handlers) - 4 * SYSTEM_VECTORS
    places = list(range(-(-low // PAGE) * PAGE, high + 1, PAGE)[-MOST_PLACES:])
    places.sort(key=lambda place: place & -place or 1 << 32, reverse=True)
    return next((place for place in places if _beginnings(data, handlers, place) >= needed), None)


def _beginnings(data: bytes, handlers: Collection[int], place: int) -> int:
    """Return how many ``handlers`` begin as functions do, with ``data`` at ``place``."""
    found = (unpack_from("<2H", data[handler - place : handler - place + 4].ljust(4, b"\0")) for handler in handlers)
    return sum(_begins(word, second) for word, second in found)


def _begins(word: int, second: int) -> bool:
    """Whether functions of vendors' start-up code begin so."""
    if word & 0xF800 == FAR_BRANCH:
        return second & FAR_BRANCH_SECOND == FAR_BRANCH_SECOND
    return word in WHOLE or word & 0xFF00 in BEGINNINGS or word & 0xF800 == LDR_LITERAL
