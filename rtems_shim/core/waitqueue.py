"""The one wait queue under every primitive: threads in arrival order, or by priority and then arrival order."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator

from emulator.annotations import TYPE_CHECKING

if TYPE_CHECKING:
    from rtems_shim.core.thread import Thread


class WaitQueue:
    """Threads that wait for one thing. ``by_priority``: the most urgent is first; else first come, first served."""

    __slots__ = ("_entries", "_sequence", "by_priority")

    def __init__(self, by_priority: bool = False) -> None:
        self.by_priority = by_priority
        self._entries: list[tuple[int, int, Thread]] = []
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Thread]:
        """Iterate over a copy, first served first: the caller may wake threads meanwhile."""
        return iter([thread for _, _, thread in self._entries])

    def first(self) -> Thread | None:
        """Return the thread to serve next, None when nobody waits."""
        return self._entries[0][2] if self._entries else None

    def add(self, thread: Thread) -> None:
        """Append ``thread`` (of equal priorities the last)."""
        self._sequence += 1
        # The sequence is unique, so a comparison never reaches the thread itself.
        insort(self._entries, (thread.priority if self.by_priority else 0, self._sequence, thread))

    def remove(self, thread: Thread) -> None:
        """Take ``thread`` out; it must be in the queue."""
        for position, entry in enumerate(self._entries):
            if entry[2] is thread:
                del self._entries[position]
                return
        raise ValueError(f"{thread.label} is not in this wait queue")

    def requeue(self, thread: Thread) -> None:
        """Put ``thread`` where its new priority belongs; in arrival order nothing moves."""
        if self.by_priority:
            self.remove(thread)
            self.add(thread)
