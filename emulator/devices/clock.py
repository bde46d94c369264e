"""Virtual time: instructions executed, and the calls that devices scheduled. No host clock anywhere."""

from __future__ import annotations

import heapq
from collections.abc import Callable

NEVER = 1 << 63


class ScheduledCall:
    """A call at a time; see ``VirtualClock.call_at``."""

    __slots__ = ("callback", "cancelled", "order", "time", "wakes")

    def __init__(self, time: int, order: int, callback: Callable[[], None], wakes: bool) -> None:
        self.time = time
        self.order = order
        self.callback = callback
        self.cancelled = False
        self.wakes = wakes

    def cancel(self) -> None:
        """Forget the call; harmless when it has run."""
        self.cancelled = True

    def __lt__(self, other: ScheduledCall) -> bool:
        return (self.time, self.order) < (other.time, other.order)


class VirtualClock:
    """Counts instructions. ``counter`` gives the engine's exact count; ``on_schedule`` tells it of an earlier event.

    ``on_skip`` is told what ``skipped`` is whenever it changes.
    """

    def __init__(self) -> None:
        self.counter: Callable[[], int] = lambda: 0
        self.on_schedule: Callable[[int], None] = lambda time: None
        self.on_skip: Callable[[int], None] = lambda skipped: None
        self._skipped = 0
        self._order = 0
        self._heap: list[ScheduledCall] = []

    @property
    def now(self) -> int:
        """Instructions executed plus time skipped while asleep."""
        return self.counter() + self._skipped

    def call_at(self, time: int, callback: Callable[[], None], wakes: bool = True) -> ScheduledCall:
        """Call ``callback`` at the first block boundary at or after ``time``; equal times run in call order.

        Sleep does not end for what ``wakes`` nobody: such a call is late then.
        """
        self._order += 1
        call = ScheduledCall(time, self._order, callback, wakes)
        heapq.heappush(self._heap, call)
        self.on_schedule(time - self._skipped)
        return call

    @property
    def skipped(self) -> int:
        """Time that passed without instructions, in sleep."""
        return self._skipped

    def next_time(self) -> int:
        """When the next scheduled call is due, NEVER when there is none."""
        heap = self._heap
        while heap and heap[0].cancelled:
            heapq.heappop(heap)
        return heap[0].time if heap else NEVER

    def next_waking_time(self) -> int:
        """When the next call is due that may end a sleep, NEVER when there is none."""
        time = self.next_time()
        if time >= NEVER or self._heap[0].wakes:
            return time
        return min((call.time for call in self._heap if call.wakes and not call.cancelled), default=NEVER)

    def run_due(self) -> None:
        """Make every call whose time has come, in order."""
        if not self._heap:
            return
        while self.next_time() <= self.now:
            heapq.heappop(self._heap).callback()

    def restart(self) -> None:
        """Return to time zero with nothing scheduled; the counter is the owner's to return."""
        self._skipped = self._order = 0
        self._heap.clear()
        self.on_skip(0)

    def skip_to(self, time: int) -> None:
        """Let time pass without executing instructions (the core sleeps)."""
        behind = time - self.now
        if behind > 0:
            self._skipped += behind
            self.on_skip(self._skipped)
