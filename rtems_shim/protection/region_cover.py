"""Which PMSAv7 regions cover a given range of addresses: the geometry, without rights and without threads.

A region is a power of two of at least 32 bytes, aligned to its size; from 256 bytes up each of its eight subregions
can be left out. [B3.5.8, B3.5.9] So no region ends inside a granule of 32 bytes, and everything here works on ranges
whose ends are multiples of 32. Ranges are (start, end) with ``end`` exclusive and may end at 2**32. No state.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import lru_cache
from heapq import heappop, heappush

from emulator.armv7m.mpu_region import GRANULE, MINIMUM_SIZE_FOR_SUBREGIONS
from emulator.bits import align_down, align_up, is_power_of_two
from emulator.records import dataclass

ADDRESS_SPACE = 1 << 32
_SIZES = tuple(1 << exponent for exponent in range(5, 33))


@dataclass(frozen=True, slots=True)
class Block:
    """What one region covers: ``base`` and ``size`` in bytes, and ``srd``, whose bit n leaves subregion n out."""

    base: int
    size: int
    srd: int = 0

    def __post_init__(self) -> None:
        if not is_power_of_two(self.size) or not GRANULE <= self.size <= ADDRESS_SPACE:
            raise ValueError(f"size must be a power of two from 32 bytes to 4 GiB, not {self.size:#x}")
        if self.base % self.size or not 0 <= self.base < ADDRESS_SPACE:
            raise ValueError(f"base must be a multiple of the size {self.size:#x}, not {self.base:#x}")
        if not 0 <= self.srd < 0xFF or (self.srd and self.size < MINIMUM_SIZE_FOR_SUBREGIONS):
            raise ValueError(f"srd must leave a subregion, and be 0 under 256 bytes, not {self.srd:#04x}")

    @property
    def parts(self) -> list[tuple[int, int]]:
        """The subregions that count, ascending; the whole block when it is too small for subregions."""
        return [part for n, part in enumerate(subregions(self.base, self.size)) if not self.srd >> n & 1]

    @property
    def bytes_covered(self) -> int:
        """How many bytes the block covers."""
        return sum(end - start for start, end in self.parts)

    def covers(self, address: int) -> bool:
        """Whether the block covers the byte at ``address``."""
        return any(start <= address < end for start, end in self.parts)


class Spans:
    """A set of bytes as sorted ranges that neither overlap nor touch. Immutable."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        merged: list[tuple[int, int]] = []
        for start, end in sorted(ranges):
            if start >= end:
                continue
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        self.ranges = tuple(merged)
        self._starts = [start for start, _ in merged]
        self._ends = [end for _, end in merged]

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __or__(self, other: Spans) -> Spans:
        return Spans(self.ranges + other.ranges)

    def overlaps(self, start: int, end: int) -> bool:
        """Whether any byte of [start, end) is in the set."""
        index = bisect_right(self._ends, start)
        return index < len(self._starts) and self._starts[index] < end

    def contains(self, start: int, end: int) -> bool:
        """Whether every byte of [start, end) is in the set."""
        index = bisect_right(self._ends, start)
        return index < len(self._starts) and self._starts[index] <= start and end <= self._ends[index]

    def count(self, start: int, end: int) -> int:
        """Return how many bytes of [start, end) are in the set."""
        total = 0
        for index in range(bisect_right(self._ends, start), bisect_left(self._starts, end)):
            total += min(end, self._ends[index]) - max(start, self._starts[index])
        return total

    def within(self, start: int, end: int) -> Spans:
        """Return the part of the set in [start, end)."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        return Spans((max(start, s), min(end, e)) for s, e in self.ranges[first:last])

    def without(self, other: Spans) -> Spans:
        """Return the bytes of this set that are not in ``other``."""
        kept = []
        for start, end in self.ranges:
            for taken_start, taken_end in other.within(start, end).ranges:
                kept.append((start, taken_start))
                start = taken_end
            kept.append((start, end))
        return Spans(kept)


def subregions(base: int, size: int) -> list[tuple[int, int]]:
    """Return the eight subregions of a region, or the region itself when it is too small to have any. [B3.5.9]"""
    if size < MINIMUM_SIZE_FOR_SUBREGIONS:
        return [(base, base + size)]
    step = size // 8
    return [(base + n * step, base + (n + 1) * step) for n in range(8)]


def inside(start: int, end: int) -> tuple[int, int]:
    """Return the largest range of whole granules in [start, end); it is empty (start >= end) when there is none."""
    return align_up(start, GRANULE), align_down(end, GRANULE)


def block_inside(address: int, start: int, end: int, largest: int = ADDRESS_SPACE) -> Block:
    """Return the block that covers ``address`` and as much else of [start, end) as possible, and nothing outside it.

    Of equal ones the smallest. ``start`` and ``end`` are multiples of 32 with ``address`` between them. ``largest``
    bounds the block's size.
    """
    best, best_bytes = None, 0
    for size in _SIZES:
        base = align_down(address, size)
        if size > largest:
            break
        if not _part_around(address, base, size, start, end):
            continue
        block = _trimmed(base, size, Spans([(start, end)]))
        if block.bytes_covered > best_bytes:
            best, best_bytes = block, block.bytes_covered
    assert best is not None, "the granule around the address is always a block"
    return best


@lru_cache(maxsize=4096)
def exact_cover(start: int, end: int) -> tuple[Block, ...]:
    """Return the fewest blocks that together cover [start, end) and nothing else, ascending.

    ``start`` and ``end`` are multiples of 32. Each block reaches as far up as any that continues the cover; blocks may
    overlap inside the range.
    """
    cover = []
    reached = start
    while reached < end:
        block, reached = max(
            (_reach_up(size, reached, start, end) for size in _SIZES if _fits(size, reached, start, end)),
            key=lambda candidate: (candidate[1], -candidate[0].size),
        )
        cover.append(block)
    return tuple(cover)


@lru_cache(maxsize=4096)
def exact_cover_from_top(start: int, end: int) -> tuple[Block, ...]:
    """Return the blocks of an exact cover of [start, end) so that the first ones cover the top of the range.

    A stack is used from its top, so with too few regions this is the order in which they are worth having.
    """
    cover = []
    reached = end
    while reached > start:
        block, reached = min(
            (_reach_down(size, reached, start, end) for size in _SIZES if _fits(size, reached - 1, start, end)),
            key=lambda candidate: (candidate[1], candidate[0].size),
        )
        cover.append(block)
    return tuple(cover)


def block_around(wanted: Spans, unwanted: Spans) -> Block | None:
    """Return the smallest block that covers all of ``wanted``, with the subregions left out that hold none of it.

    None when one of the subregions that stay holds a byte of ``unwanted``.
    """
    low, high = wanted.ranges[0][0], wanted.ranges[-1][1]
    size = next(size for size in _SIZES if align_down(low, size) + size >= high)
    base = align_down(low, size)
    srd = 0
    for number, (start, end) in enumerate(subregions(base, size)):
        if not wanted.overlaps(start, end):
            srd |= 1 << number
        elif unwanted.overlaps(start, end):
            return None
    return Block(base, size, srd)


def cover_outwards(
    wanted: Spans, unwanted: Spans, most: int, largest_excess: int = ADDRESS_SPACE
) -> list[Block] | None:
    """Return at most ``most`` blocks that cover all of ``wanted`` and none of ``unwanted``, or None.

    They begin as the exact cover. While they are too many, the two neighbours are joined that then cover the fewest
    bytes beyond ``wanted``, at most ``largest_excess`` more; of equals the lowest. The result is one good choice, not
    always the best.
    """
    if not largest_excess and len(wanted.ranges) > 4 * most:
        return None  # a block without excess covers at most four separate ranges, every other of its subregions
    is_crowded = largest_excess > 0 and len(wanted.ranges) > 2 * most
    groups = [group for part in wanted.ranges for group in _first_groups(part, wanted, unwanted, is_crowded)]
    row = _Row(groups, wanted, unwanted)
    while len(row) > most:
        if not row.join_cheapest(largest_excess):
            return None
    return row.blocks()


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbouring parts of a cover under one block; ``excess`` is what the block covers beyond what is wanted."""

    wanted: Spans
    block: Block
    excess: int


def _first_groups(part: tuple[int, int], wanted: Spans, unwanted: Spans, is_crowded: bool) -> list[_Group]:
    """Return the exact cover of ``part``; or one block around it where so many are joined that exactness is wasted."""
    if is_crowded:
        around = _group(Spans([part]), wanted, unwanted)
        if around is not None:
            return [around]
    return [_Group(Spans([piece]), block, 0) for block, piece in _disjoint(exact_cover(*part))]


def _group(part: Spans, wanted: Spans, unwanted: Spans) -> _Group | None:
    block = block_around(part, unwanted)
    if block is None:
        return None
    excess = sum(end - start - wanted.count(start, end) for start, end in block.parts)
    return _Group(part, block, excess)


class _Row:
    """The groups of a cover from low to high; neighbours can be joined, the cheapest pair first."""

    def __init__(self, groups: list[_Group], wanted: Spans, unwanted: Spans) -> None:
        self._wanted = wanted
        self._unwanted = unwanted
        self._groups: dict[int, _Group] = dict(enumerate(groups))  # a joined group takes the lower one's number
        self._next = {number: number + 1 for number in range(len(groups))}
        self._before = {number: number - 1 for number in range(len(groups))}
        self._joins: list[tuple[int, int, int, _Group, _Group, _Group]] = []
        self._serial = 0
        for number in range(len(groups) - 1):
            self._consider(number)

    def __len__(self) -> int:
        return len(self._groups)

    def blocks(self) -> list[Block]:
        """Return the blocks, lowest first."""
        return [self._groups[number].block for number in sorted(self._groups)]

    def join_cheapest(self, largest_excess: int) -> bool:
        """Join the two neighbours that then cover the fewest bytes more, the lowest of equals; False: none may be."""
        while self._joins:
            excess, number, _, low, high, joined = heappop(self._joins)
            follower = self._next[number]
            if self._groups.get(number) is not low or self._groups.get(follower) is not high:
                continue  # one of the two has been joined already
            if excess > largest_excess:
                return False
            self._groups[number] = joined
            del self._groups[follower]
            self._next[number] = self._next[follower]
            self._before[self._next[number]] = number
            self._consider(number)
            self._consider(self._before[number])
            return True
        return False

    def _consider(self, number: int) -> None:
        """Put the join of a group with the next one on the heap, if it is one block."""
        low, high = self._groups.get(number), self._groups.get(self._next.get(number, -1))
        if low is None or high is None:
            return
        joined = _group(low.wanted | high.wanted, self._wanted, self._unwanted)
        if joined is None:
            return
        self._serial += 1
        key = joined.excess - low.excess - high.excess, number, self._serial
        heappush(self._joins, (*key, low, high, joined))


def _disjoint(cover: tuple[Block, ...]) -> list[tuple[Block, tuple[int, int]]]:
    """Pair each block of an ascending exact cover with the part of the range that the ones before it leave."""
    pairs = []
    reached = 0
    for block in cover:
        start, end = max(reached, block.parts[0][0]), block.parts[-1][1]
        pairs.append((block, (start, end)))
        reached = end
    return pairs


def _part_around(address: int, base: int, size: int, start: int, end: int) -> bool:
    """Whether the subregion that holds ``address`` lies in [start, end)."""
    step = size if size < MINIMUM_SIZE_FOR_SUBREGIONS else size // 8
    low = align_down(address, step)
    return start <= low and low + step <= end and base <= low


def _fits(size: int, address: int, start: int, end: int) -> bool:
    return _part_around(address, align_down(address, size), size, start, end)


def _trimmed(base: int, size: int, allowed: Spans) -> Block:
    """Return the block with every subregion left out that is not wholly in ``allowed``."""
    parts = subregions(base, size)
    srd = sum(1 << n for n, (start, end) in enumerate(parts) if not allowed.contains(start, end))
    return Block(base, size, srd if len(parts) > 1 else 0)


def _reach_up(size: int, address: int, start: int, end: int) -> tuple[Block, int]:
    block = _trimmed(align_down(address, size), size, Spans([(start, end)]))
    return block, block.parts[-1][1]


def _reach_down(size: int, top: int, start: int, end: int) -> tuple[Block, int]:
    block = _trimmed(align_down(top - 1, size), size, Spans([(start, end)]))
    return block, block.parts[0][0]
