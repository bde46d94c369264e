"""Random MPU programmes and accesses, the same for the same seed. Imports nothing of the code under test.

``random_region_set`` makes the words to write; ``random_accesses`` aims at what they make interesting: the edges of
regions, of subregions, of pages, and of the default memory map.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

READ, WRITE, FETCH = 0, 1, 2  # the values of faults.Access
ADDRESS_SPACE = (0, 1 << 32)

EDGES = (0x2000_0000, 0x4000_0000, 0x6000_0000, 0xA000_0000, 0xC000_0000, 0xE000_0000, 0xE010_0000, 0x1_0000_0000)


@dataclass(frozen=True)
class RegionSet:
    """What to write into the MPU: ``ctrl`` and, for each of ``count`` (8 or 16) regions, (RBAR, RASR).

    RBAR holds the base as the guest wrote it, low bits of the base included, without VALID and REGION.
    """

    count: int
    ctrl: int
    words: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class AccessCase:
    """One access: ``access`` is READ, WRITE or FETCH, ``size`` in bytes."""

    address: int
    size: int
    access: int
    privileged: bool
    negative_priority: bool


def region_words(
    base: int, size_field: int, ap: int, xn: int, srd: int = 0, attributes: int = 0, enable: int = 1
) -> tuple[int, int]:
    """Return (RBAR, RASR); ``attributes`` is TEX, S, C, B as in RASR<21:16>."""
    return base & 0xFFFF_FFE0, xn << 28 | ap << 24 | attributes << 16 | srd << 8 | size_field << 1 | enable


def random_region_set(
    rng: random.Random, window: tuple[int, int] = ADDRESS_SPACE, count: int | None = None, defined_only: bool = False
) -> RegionSet:
    """Return a random region set whose bases lie in ``window`` (start, end).

    Sizes lean to those that split a page; regions cluster, so that they overlap. ``defined_only`` leaves out all that
    the architecture calls UNPREDICTABLE: reserved AP and sizes, SRD in small regions, bases that are not aligned,
    HFNMIENA with the MPU off.
    """
    count = count or rng.choice((8, 16))
    ctrl = rng.choice((0, 1, 1, 1, 3, 3, 5, 5, 5, 7, 7)) if defined_only or rng.random() < 0.9 else rng.randrange(8)
    # Clusters no closer than a page to the next make misses; within one, overlaps.
    centres = [rng.randrange(*window) for _ in range(rng.randint(1, 3))]
    if window == ADDRESS_SPACE and rng.random() < 0.3:
        centres.append((rng.choice(EDGES) + rng.randint(-2048, 2047)) % (1 << 32))
    words = tuple(_random_region(rng, centres, window, defined_only) for _ in range(count))
    return RegionSet(count, ctrl, words)


def _random_region(
    rng: random.Random, centres: list[int], window: tuple[int, int], defined_only: bool
) -> tuple[int, int]:
    kind = rng.random()
    if kind < 0.65:
        size_field = rng.randint(4, 13)  # 32 bytes to 16 KiB
    elif kind < 0.97:
        size_field = rng.randint(14, 31)
    else:
        size_field = rng.randint(4, 31) if defined_only else rng.randint(0, 3)
    size = 2 << size_field
    start, end = window
    base = rng.choice(centres) + rng.randint(-3, 3) * min(size, 4096)
    base = min(max(base, start), end - 1)
    if defined_only or rng.random() < 0.8:
        base &= ~(size - 1)
    ap = rng.choice((0, 1, 2, 3, 5, 6, 7)) if defined_only else rng.randrange(8)
    srd = rng.choice((0, 0, rng.randrange(256), rng.randrange(256), 1 << rng.randrange(8)))
    if defined_only and size < 256:
        srd = 0
    attributes = 0b000011 if defined_only else rng.randrange(64)
    return region_words(base, size_field, ap, rng.randrange(2), srd, attributes, int(rng.random() < 0.8))


def interesting_addresses(regions: RegionSet) -> list[int]:
    """Return every edge of an enabled region and of its subregions, ascending, each once."""
    edges = set()
    for rbar, rasr in regions.words:
        size = 2 << (rasr >> 1 & 31)
        if rasr & 1 and size >= 32:
            base = rbar & ~(size - 1)
            step = size // 8 if size >= 256 else size
            edges.update((base + n * step) % (1 << 32) for n in range(size // step + 1))
    return sorted(edges)


def random_accesses(
    rng: random.Random, regions: RegionSet, count: int = 12, window: tuple[int, int] = ADDRESS_SPACE
) -> list[AccessCase]:
    """Return ``count`` random accesses whose first byte lies in ``window``, most of them close to an edge."""
    edges = [edge for edge in interesting_addresses(regions) if window[0] <= edge < window[1]]
    accesses = []
    for _ in range(count):
        kind = rng.random()
        if edges and kind < 0.8:
            address = rng.choice(edges) + rng.choice((-5, -4, -3, -2, -1, 0, 1, 2, 4, rng.randint(-1100, 1100)))
        elif kind < 0.9:
            address = rng.choice(EDGES) + rng.randint(-6, 6)
        else:
            address = rng.randrange(*window)
        address = min(max(address, window[0]), window[1] - 1)
        access = rng.choice((READ, READ, WRITE, WRITE, FETCH))
        size = rng.choice((1, 2, 4, 4, 4, 8))
        if access == FETCH:
            address, size = address & ~1, rng.choice((2, 4))
        accesses.append(AccessCase(address, size, access, rng.random() < 0.5, rng.random() < 0.2))
    return accesses
