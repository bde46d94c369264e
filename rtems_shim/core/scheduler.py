"""Which thread runs: ready queues by priority, FIFO among equals, time slices, priority inheritance.

The executing thread stays in its ready queue, so a preempted thread goes on before its equals and only a yield moves it
behind them. ``heir`` is the thread that shall execute; ``executing`` follows when the guest's PendSV handler traps.
State: the ready queues, ``executing`` and ``heir``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from rtems_shim.core.thread import PRIORITY_MAXIMUM, Thread


class Scheduler:
    """One processor's scheduler. ``request_switch`` pends PendSV; ``executing`` is who has the processor now.

    ``on_priority(thread, before)`` hears of each change of an effective priority.
    """

    def __init__(
        self,
        request_switch: Callable[[], None],
        executing: Thread,
        on_priority: Callable[[Thread, int], None] = lambda thread, before: None,
    ) -> None:
        self._request_switch = request_switch
        self._on_priority = on_priority
        self._ready: list[deque[Thread]] = [deque() for _ in range(PRIORITY_MAXIMUM + 1)]
        self._occupied = 0  # one bit a priority whose queue is not empty
        self.ticks_per_timeslice = 50
        self.maximum = PRIORITY_MAXIMUM
        """CONFIGURE_MAXIMUM_PRIORITY: the least urgent priority of the application's threads."""
        self.executing = executing
        self.heir: Thread | None = None

    # -- the ready set -------------------------------------------------------------------------------------------

    def make_ready(self, thread: Thread, at_head: bool = False) -> None:
        """Enter ``thread``, which has just become ready, behind (or before) its equals."""
        queue = self._ready[thread.priority]
        if at_head:
            queue.appendleft(thread)
        else:
            queue.append(thread)
        self._occupied |= 1 << thread.priority
        self._choose(forced=False)

    def remove(self, thread: Thread) -> None:
        """Take ``thread``, which has just ceased to be ready, out."""
        self._take_out(thread)
        self._choose(forced=thread is self.heir)

    def _take_out(self, thread: Thread) -> None:
        queue = self._ready[thread.priority]
        queue.remove(thread)
        if not queue:
            self._occupied &= ~(1 << thread.priority)

    def _choose(self, forced: bool) -> None:
        """Make the first of the most urgent ready threads the heir, unless the heir refuses to be preempted."""
        if not self._occupied:
            return
        best = self._ready[(self._occupied & -self._occupied).bit_length() - 1][0]
        if best is self.heir or not (forced or self.heir is None or self.heir.preemptible):
            return
        self.heir = best
        if best is not self.executing:
            self._request_switch()

    # -- what makes it choose again ------------------------------------------------------------------------------

    def yield_(self, thread: Thread) -> None:
        """Move ``thread`` behind its equals."""
        queue = self._ready[thread.priority]
        if len(queue) > 1:
            queue.remove(thread)
            queue.append(thread)
        self._choose(forced=True)

    def reconsider(self) -> None:
        """Choose again after the executing thread became preemptible."""
        self._choose(forced=False)

    def tick(self) -> None:
        """Charge the executing thread's time slice or budget; a used-up slice is a yield."""
        thread = self.executing
        if thread.server is not None:
            thread.server.charge()
        if not thread.sliced or not thread.preemptible or not thread.ready:
            return
        thread.timeslice -= 1
        if thread.timeslice <= 0:
            thread.timeslice = self.ticks_per_timeslice
            self.yield_(thread)

    def switch(self) -> Thread:
        """Make the heir the executing thread and return it."""
        heir = self.heir
        assert heir is not None
        if heir.sliced and heir.slice_resets and heir is not self.executing:
            heir.timeslice = self.ticks_per_timeslice
        self.executing = heir
        return heir

    # -- priorities ----------------------------------------------------------------------------------------------

    def set_base_priority(self, thread: Thread, priority: int, at_head: bool = False) -> None:
        """Give ``thread`` a new priority of its own; what it holds may keep it more urgent."""
        thread.base_priority = priority
        self.update_priority(thread, at_head)

    def update_priority(self, thread: Thread, at_head: bool | None = None) -> None:
        """Recompute the effective priority of ``thread`` and, along the chain it waits in, of the owners.

        ``at_head``: a ready thread goes before its new equals, else behind them. None decides as RTEMS does for what
        a mutex or a joiner lends: behind them when the priority rises, before them when it falls back.
        """
        seen: list[Thread] = []
        current: Thread | None = thread
        while current is not None and current not in seen:
            seen.append(current)
            current = self._update_one(current, at_head)

    def _update_one(self, thread: Thread, at_head: bool | None) -> Thread | None:
        """Recompute one thread; return the owner of the mutex it waits for when that one may change too."""
        boosts = [boost for mutex in thread.held if (boost := mutex.boost()) is not None]
        joiner = thread.posix.joiners.first()
        if joiner is not None:
            boosts.append(joiner.priority)
        priority = min([thread.unlent_priority, *boosts])
        before = thread.priority
        if priority == before:
            return None
        if thread.ready:
            self._take_out(thread)
            thread.priority = priority
            # A queue of the new priority is entered like any other; the heir is chosen once, afterwards.
            queue = self._ready[priority]
            if at_head or (at_head is None and priority > before):
                queue.appendleft(thread)
            else:
                queue.append(thread)
            self._occupied |= 1 << priority
            self._on_priority(thread, before)
            self._choose(forced=False)
            return None
        thread.priority = priority
        self._on_priority(thread, before)
        wait = thread.wait
        if wait is None or wait.queue is None:
            return None
        wait.queue.requeue(thread)
        return wait.owner
