"""Rights over the whole address space as intervals, and where two such lists differ.

A span is (start, end exclusive, rights), rights as bits ``1 << Access``. A list of spans is in the order of addresses,
without overlaps; what it leaves out has no rights. No state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from emulator.armv7m.memory_map import PPB_BASE, PPB_END

ADDRESS_SPACE = 1 << 32

Span = tuple[int, int, int]


def without_ppb(spans: Iterable[Span]) -> list[Span]:
    """Return ``spans`` but for the Private Peripheral Bus: no MPU decides there. [B3.5.1]"""
    found = []
    for start, end, rights in spans:
        for low, high in ((start, min(end, PPB_BASE)), (max(start, PPB_END), end)):
            if low < high and rights:
                found.append((low, high, rights))
    return found


def union(spans: Iterable[Span]) -> list[Span]:
    """Return spans that may overlap as a list of spans: a byte has the rights of all that hold it."""
    given = [span for span in spans if span[0] < span[1] and span[2]]
    edges = sorted({edge for start, end, _ in given for edge in (start, end)})
    found: list[Span] = []
    for start, end in pairwise(edges):
        rights = 0
        for low, high, some in given:
            if low <= start < high:
                rights |= some
        if rights and found and found[-1][1:] == (start, rights):
            found[-1] = (found[-1][0], end, rights)
        elif rights:
            found.append((start, end, rights))
    return found


def first_excess(granted: Sequence[Span], allowed: Sequence[Span]) -> Span | None:
    """Return the lowest bytes where ``granted`` has rights that ``allowed`` has not, with those; None without any."""
    found: Span | None = None
    for start, end, rights in _excess(granted, allowed):
        if found is None:
            found = (start, end, rights)
        elif found[1:] == (start, rights):
            found = (found[0], end, rights)
        else:
            break
    return found


def _excess(granted: Sequence[Span], allowed: Sequence[Span]) -> Iterator[Span]:
    """Yield what of ``granted`` is beyond ``allowed``, lowest first."""
    place = 0
    for start, end, rights in granted:
        while start < end:
            while place < len(allowed) and allowed[place][1] <= start:
                place += 1
            low, high, may = allowed[place] if place < len(allowed) else (ADDRESS_SPACE, ADDRESS_SPACE, 0)
            stop = min(end, high if low <= start else low)
            beyond = rights & ~(may if low <= start else 0)
            if beyond:
                yield start, stop, beyond
            start = stop


def rights_in(spans: Sequence[Span], address: int, size: int) -> int:
    """Return the rights that all of [address, address + size) has."""
    end, rights = address + size, ~0
    for low, high, some in spans:
        if low <= address < high:
            rights &= some
            address = high
            if address >= end:
                return rights
    return 0
