"""Priority inversions as they happen: a thread waits for a mutex whose owner is ready, and one in between runs.

Looked for at a switch, and only while some thread waits for a mutex. State: those threads, and the first inversion of
each three.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from rtems_shim.core.mutex import Mutex
from rtems_shim.core.uses import Use

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

MOST_INVERSIONS = 16


class Inversion:
    """At virtual ``time`` the thread called ``low`` had ``mutex``, taken by ``taken``, ``high`` waited for it.

    ``middle``, less urgent than ``high`` and more than ``low``, was given the processor.
    """

    __slots__ = ("high", "low", "middle", "mutex", "taken", "time")

    def __init__(self, time: int, high: Thread, low: Thread, middle: Thread, mutex: Mutex) -> None:
        self.time = time
        self.high, self.low, self.middle = high, low, middle
        self.mutex = mutex.label
        self.taken: Use | None = mutex.taken


class Inversions:
    """The inversions of one kernel, in their order."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int, int], Inversion] = {}
        self.waiters: dict[Thread, Mutex] = {}
        """Who waits for which mutex, in the order of their waits."""

    def all(self) -> list[Inversion]:
        """Return them."""
        return list(self._found.values())

    def waits(self, high: Thread, owned: object) -> None:
        """``high`` begins to wait for ``owned``."""
        if isinstance(owned, Mutex):
            self.waiters[high] = owned

    def look(self, kernel: Kernel, heir: Thread) -> None:
        """``heir`` is given the processor."""
        for high, mutex in self.waiters.items():
            low = mutex.owner
            if low is None or low is heir or not low.ready or not high.priority < heir.priority < low.priority:
                continue
            key = (high.id, low.id, heir.id)
            if key not in self._found and len(self._found) < MOST_INVERSIONS:
                self._found[key] = Inversion(kernel.now, high, low, heir, mutex)
