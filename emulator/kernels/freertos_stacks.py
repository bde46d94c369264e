"""Where the stack of a FreeRTOS task ends: the kernel keeps where it begins, and the end only if so configured.

Otherwise it is known of memory from heap_2, heap_4 and heap_5, where the block's header says its size, and of an array.
Several stacks in one object end where the next of them, or a control block, begins; heap_1 puts a task's control block
behind its stack. [D-141]
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import GuestData

_HEADER = 8
"""A heap's block: the next free one, and its size with this header."""
_ALLOCATED = 1 << 31
_LARGEST = 1 << 24
"""Bytes of a stack."""
_ALIGNMENT = 8


def stack_end(data: GuestData, base: int, others: Sequence[int], recorded: int | None) -> int | None:
    """Return the first address behind the stack at ``base``, None where nothing says it.

    ``others`` are where stacks and control blocks begin, in order; ``recorded`` is pxEndOfStack, the highest word that
    is aligned as a stack pointer is.
    """
    if not base:
        return None
    limit = base + _LARGEST if recorded is None else recorded + _ALIGNMENT
    block = _block_end(data, base)
    if block is not None:
        return min(block, limit)
    symbol = data.image.symbols.find_object(base)
    if symbol is not None:
        after = bisect_right(others, base)
        following = others[after] if after < len(others) else symbol.address + symbol.size
        return min(following, symbol.address + symbol.size, limit)
    return None if recorded is None or recorded < base else limit


def _block_end(data: GuestData, base: int) -> int | None:
    """Return the end of the heap's block whose contents begin at ``base``."""
    heap = data.image.symbols.find_object(base)
    if data.symbol("xStart") is None or (heap is not None and heap.address == base):
        return None
    try:
        following, size = data.words(base - _HEADER, 2)
    except GuestAccessError:
        return None
    if data.symbol("pxEnd") is not None:  # heap_4 and heap_5, which mark what is allocated
        if not size & _ALLOCATED:
            return None
        size -= _ALLOCATED
    canary = data.variable("xHeapCanary")
    if following not in (0, canary) and data.symbol("pxEnd") is not None:
        return None
    if not _HEADER < size <= _LARGEST or size % _ALIGNMENT:
        return None
    return base - _HEADER + size
