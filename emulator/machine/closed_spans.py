"""What an overlay closes: spans of bytes, as sets that have numbers.

A set is named by its number in the memory map, so that pages are found again by it. No state beyond the sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from emulator.annotations import NamedTuple
from emulator.armv7m.faults import Access
from emulator.machine.observers import HostSide

READ, WRITE = 1 << Access.READ, 1 << Access.WRITE
MOST_OVERLAYS = 1 << 12


class ThreadStack(NamedTuple):
    """A thread and its stack [low, high), whole words. ``thread`` is what the kernel's word is while it runs."""

    thread: int
    low: int
    high: int


class Closed(NamedTuple):
    """Bytes [low, high) of the stack of ``owner``, in which a thread has no more than ``rights``."""

    low: int
    high: int
    rights: int
    owner: int


class Numbered(HostSide):
    """Sets of closed spans by their numbers. No number ever stands for another set: pages are kept by them."""

    __slots__ = ("_last", "_numbers", "_spans")

    def __init__(self) -> None:
        self._last = 0
        self.clear()

    def clear(self) -> None:
        """Forget all sets; their numbers do not come back."""
        self._spans: dict[int, tuple[Closed, ...]] = {0: ()}
        self._numbers: dict[tuple[Closed, ...], int] = {(): 0}

    def number(self, spans: tuple[Closed, ...]) -> int:
        """Return the number of a set."""
        found = self._numbers.get(spans)
        if found is None:
            self._last = found = self._last + 1
            self._spans[found], self._numbers[spans] = spans, found
        return found

    @property
    def is_full(self) -> bool:
        """Whether there are as many sets as are kept."""
        return len(self._spans) >= MOST_OVERLAYS

    def spans(self, number: int) -> tuple[Closed, ...]:
        """Return the set of a number."""
        return self._spans[number]


def closed_to(own: ThreadStack, stacks: Iterable[ThreadStack], may: Callable[[int, int], int]) -> Iterator[Closed]:
    """Yield what is closed to the thread of ``own``: the other stacks, less what is also its own or was given to it."""
    for stack in sorted(stacks, key=lambda one: (one.low, one.thread)):
        rights = may(own.thread, stack.thread)
        if stack.thread == own.thread or rights & (READ | WRITE) == READ | WRITE:
            continue
        for low, high in ((stack.low, min(stack.high, own.low)), (max(stack.low, own.high), stack.high)):
            if low < high:
                yield Closed(low, high, rights, stack.thread)
