"""Where a region's segments are: RTEMS's heap, with its bookkeeping in the host.

Which block a segment gets, and what is left where, is what a program sees of a heap: here as RTEMS has it. Blocks are
whole pages, each begins with two words in front of its segment, and a segment in use has the first word of the block
behind it, too. A new block comes from the free block that stands first in the list, from its beginning. A block that
is freed goes to the front of the list, unless it joins one that is there.
"""

from __future__ import annotations

from emulator.records import dataclass

HEADER = 8
"""The two words of a block in front of its segment."""
BONUS = 4
"""The word behind a segment that is its own while it is in use."""
LEAST_BLOCK = 16
"""A free block holds the two words and the links of the list."""
ALIGNMENT = 8


def pages_up(value: int, page: int) -> int:
    """Return the multiple of ``page``, which need not be a power of two, at or above ``value``."""
    return -(-value // page) * page


@dataclass(slots=True)
class Area:
    """Memory that was given: [``begin``, ``end``), with blocks from ``first`` to ``last``."""

    begin: int
    end: int
    first: int
    last: int


class SegmentHeap:
    """The blocks of all areas. ``page`` is what their sizes are multiples of."""

    def __init__(self, page: int) -> None:
        self.page = pages_up(max(page, 1), ALIGNMENT)
        self._least = pages_up(LEAST_BLOCK, self.page)
        self.areas: list[Area] = []
        self._sizes: dict[int, int] = {}  # of each block, by its address
        self._before: dict[int, int] = {}  # the block that ends at an address
        self._free: list[int] = []  # in the order of the list

    # -- areas ---------------------------------------------------------------------------------------------------

    def add(self, begin: int, length: int) -> int:
        """Give the heap more memory; return how much of it segments can have, 0 where that is too little or taken."""
        end = begin + length
        first = pages_up(begin + HEADER, self.page) - HEADER
        size = (length - HEADER - (first - begin)) // self.page * self.page
        if end > 1 << 32 or size < self._least or any(begin < area.end and area.begin < end for area in self.areas):
            return 0
        before = self._free_size()
        above = next((area for area in self.areas if area.begin == end), None)
        below = next((area for area in self.areas if area.end == begin), None)
        if above is None and below is None:
            self.areas.append(Area(begin, end, first, first + size))
            self.areas.sort(key=lambda area: area.begin)
            self._join_heap(first, size)
        if above is not None:
            self._join_heap(first, above.first - first)
            above.begin, above.first = begin, first
        if below is not None:
            last = below.last + (end - below.last - HEADER) // self.page * self.page
            self._join_heap(below.last, last - below.last)
            below.end, below.last = end, last
        if above is not None and below is not None:
            below.end, below.last = above.end, above.last
            self.areas.remove(above)
        return self._free_size() - before

    def _join_heap(self, block: int, size: int) -> None:
        """Take in a new block; what is first in the list then becomes the last."""
        if size <= 0:
            return
        self._place(block, size)
        self._release(block)
        self._free.append(self._free.pop(0))

    # -- blocks --------------------------------------------------------------------------------------------------

    def _place(self, block: int, size: int) -> None:
        self._sizes[block] = size
        self._before[block + size] = block

    def _drop(self, block: int) -> None:
        end = block + self._sizes.pop(block)
        if self._before.get(end) == block:
            del self._before[end]

    def _free_size(self) -> int:
        return sum(self._sizes[block] for block in self._free)

    def block_of(self, segment: int) -> int | None:
        """Return the block in use whose segment's first page ``segment`` is in; None when there is none."""
        block = segment // self.page * self.page - HEADER
        return block if block in self._sizes and block not in self._free else None

    def segment_size(self, block: int) -> int:
        """Return how much of a block in use is the segment's."""
        return self._sizes[block] - HEADER + BONUS

    def allocate(self, size: int) -> int | None:
        """Return the address of a new segment, None when there is no room."""
        floor = size + HEADER - BONUS
        block = next((free for free in self._free if self._sizes[free] >= floor), None)
        if block is None:
            return None
        position = self._free.index(block)
        del self._free[position]
        self._split(block, size, position)
        return block + HEADER

    def _split(self, block: int, size: int, position: int) -> None:
        """Leave ``block`` what a segment of ``size`` needs; the rest is free, at ``position`` of the list."""
        used = max(size, self._least - HEADER) + HEADER
        whole = self._sizes[block]
        if whole - used < self._least:
            return
        kept = pages_up(used, self.page)
        self._drop(block)
        self._place(block, kept)
        self._place(block + kept, whole - kept)
        self._free.insert(position, block + kept)

    def release(self, block: int) -> None:
        """Free a block in use."""
        self._release(block)

    def _release(self, block: int) -> None:
        size = self._sizes[block]
        following, preceding = block + size, self._before.get(block)
        next_is_free = following in self._free
        if preceding is not None and preceding in self._free:
            if next_is_free:
                size += self._sizes[following]
                self._free.remove(following)
                self._drop(following)
            self._drop(block)
            size += self._sizes[preceding]
            self._drop(preceding)
            self._place(preceding, size)
        elif next_is_free:
            self._free[self._free.index(following)] = block
            size += self._sizes[following]
            self._drop(following)
            self._drop(block)
            self._place(block, size)
        else:
            self._free.insert(0, block)

    def resize(self, block: int, size: int) -> bool:
        """Give the segment of ``block`` another size where it is; False when there is no room."""
        following = block + self._sizes[block]
        room = self._sizes[following] if following in self._free else 0
        if size > self.segment_size(block) + room:
            return False
        if room:
            self._free.remove(following)
            self._drop(following)
            whole = self._sizes[block] + room
            self._drop(block)
            self._place(block, whole)
        self._split(block, size, 0)
        return True

    # -- what is told --------------------------------------------------------------------------------------------

    @property
    def is_used(self) -> bool:
        """Whether any segment is in use."""
        return len(self._sizes) > len(self._free)

    def free_sizes(self) -> list[int]:
        """Return the sizes of the free blocks."""
        return [self._sizes[block] for block in self._free]

    def used_sizes(self) -> list[int]:
        """Return those of the blocks in use; what is between two areas counts as one, as on RTEMS."""
        used = [size for block, size in self._sizes.items() if block not in self._free]
        return used + [after.first - area.last for area, after in zip(self.areas, self.areas[1:], strict=False)]
