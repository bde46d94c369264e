"""Where the stack of a FreeRTOS task ends: the kernel keeps where it begins, and the end only if so configured.

Otherwise it is known of memory from heap_2, heap_4 and heap_5, where the block's header says its size, of memory that
heap_3 has of newlib's malloc, and of an array.
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
_IN_USE = 1 << 0
"""The block before is in use."""
_ONE_WORD_FURTHER = -4 & 0xFFFF_FFFF
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
    if symbol is None and (block := _malloc_end(data, base)) is not None:
        return min(block, limit)
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


def _malloc_end(data: GuestData, base: int) -> int | None:
    """Return the end of what newlib's malloc has given at ``base``, as heap_3 asks for it.

    Its full version has two words in front, the second of them the size with flags; the word behind it has the flag
    that this block is in use. Its small one has the size in the word in front, or how far in front that word is.
    """
    if data.symbol("pvPortMalloc") is None or base % _ALIGNMENT:
        return None
    try:
        if data.symbol("__malloc_av_") is not None:
            (size,) = data.words(base - 4, 1)
            end = base - 8 + (size & -8) + 4
            is_whole = _HEADER < size <= _LARGEST and data.words(end, 1)[0] & _IN_USE
        elif data.symbol("__malloc_free_list") is not None:
            before, size = data.words(base - 8, 2)
            end = base - 8 + before if size == _ONE_WORD_FURTHER else base - 4 + size
            is_whole = base < end <= base + _LARGEST and end % 4 == 0
        else:
            return None
    except GuestAccessError:
        return None
    return end & -_ALIGNMENT if is_whole else None
