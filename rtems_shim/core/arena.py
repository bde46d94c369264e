"""A first-fit allocator of guest addresses. Its bookkeeping is the host's, so no guest write can corrupt it."""

from __future__ import annotations

from bisect import insort

from emulator.bits import align_down, align_up

BLOCK_LIMIT = 4096
"""Blocks an arena hands out at most."""


class Arena:
    """Addresses from ``base`` to ``base + size``; blocks are found lowest address first."""

    def __init__(self, base: int, size: int) -> None:
        self.base = base
        self.size = size
        self._blocks: list[tuple[int, int]] = []  # (address, size), ascending

    def allocate(self, size: int, alignment: int = 8) -> int | None:
        """Return the address of ``size`` free bytes (at least one), or None when there are none."""
        size = max(size, 1)
        address = self.place_for(size, alignment)
        if address is not None:
            insort(self._blocks, (address, size))
        return address

    def place_for(self, size: int, alignment: int = 8) -> int | None:
        """Return the address that ``allocate`` would, and take nothing."""
        if len(self._blocks) >= BLOCK_LIMIT:
            return None
        address = align_up(self.base, alignment)
        for block, block_size in self._blocks:
            if address + size <= block:
                break
            address = align_up(max(address, block + block_size), alignment)
        return address if address + size <= self.base + self.size else None

    def gaps(self) -> list[int]:
        """Return the sizes of the free pieces, lowest address first."""
        sizes, free_from = [], self.base
        for block, size in [*self._blocks, (self.base + self.size, 0)]:
            if block > free_from:
                sizes.append(block - free_from)
            free_from = block + size
        return sizes

    def used(self) -> list[int]:
        """Return the sizes of the blocks, lowest address first."""
        return [size for _, size in self._blocks]

    def largest(self, alignment: int = 8) -> int:
        """Return the size, a multiple of ``alignment``, of the largest block that ``allocate`` would find."""
        largest, free_from = 0, self.base
        for block, size in [*self._blocks, (self.base + self.size, 0)]:
            largest = max(largest, align_down(block, alignment) - align_up(free_from, alignment))
            free_from = block + size
        return largest if len(self._blocks) < BLOCK_LIMIT else 0

    def free(self, address: int) -> None:
        """Give back the block at ``address``, which must be one that ``allocate`` returned."""
        for position, (block, _) in enumerate(self._blocks):
            if block == address:
                del self._blocks[position]
                return
        raise ValueError(f"0x{address:08x} is not a block of this arena")

    def resize(self, address: int, size: int) -> bool:
        """Make the block at ``address`` end elsewhere; False when the next block or the arena's end is in the way."""
        for position, (block, _) in enumerate(self._blocks):
            if block == address:
                following = self._blocks[position + 1 :]
                limit = following[0][0] if following else self.base + self.size
                if address + size > limit:
                    return False
                self._blocks[position] = (address, size)
                return True
        raise ValueError(f"0x{address:08x} is not a block of this arena")
