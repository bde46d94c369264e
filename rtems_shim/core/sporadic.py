"""A sporadic server: a thread that has its priority for a budget of ticks in each period, and a low one beyond it.

As in RTEMS the budget is charged at ticks, to whoever executes, and filled up at each end of a period, which is counted
from when the policy was set: what POSIX says of several replenishments (sched_ss_max_repl) is not looked at.
State: ``SporadicServer``, in ``Thread.server``; ``Thread.lowered`` is the low priority while that counts.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass

if TYPE_CHECKING:
    from rtems_shim.core.clock import Timeout
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread


@dataclass(frozen=True, slots=True)
class Budget:
    """``ticks`` of each ``period`` in ticks are the thread's; then it has the core priority ``low``.

    ``words`` are sched_ss_repl_period, sched_ss_init_budget (seconds and nanoseconds of each) and sched_ss_max_repl, as
    the program gave them.
    """

    ticks: int
    period: int
    low: int
    words: tuple[int, ...]


class SporadicServer:
    """The server of one thread. It runs from ``fill`` to ``stop``."""

    __slots__ = ("_kernel", "_left", "_thread", "_timeout", "budget")

    def __init__(self, kernel: Kernel, thread: Thread, budget: Budget) -> None:
        self._kernel = kernel
        self._thread = thread
        self._left: int | None = None
        self._timeout: Timeout | None = None
        self.budget = budget

    def fill(self) -> None:
        """A period begins: all of the budget is there, and the thread has its own priority."""
        time = self._kernel.time
        self._left = self.budget.ticks
        self._timeout = time.call_at(time.in_ticks(self.budget.period), self.fill)
        self._lower(None)

    def charge(self) -> None:
        """A tick finds the thread executing."""
        if self._left is None or not self._thread.preemptible or not self._thread.ready:
            return
        self._left -= 1
        if not self._left:
            self._left = None
            self._lower(self.budget.low)

    def stop(self) -> None:
        """End the server: the thread has its own priority."""
        if self._timeout is not None:
            self._timeout.cancel()
        self._thread.lowered = None

    def _lower(self, priority: int | None) -> None:
        self._thread.lowered = priority
        self._kernel.scheduler.update_priority(self._thread)
