"""The mutex under POSIX mutexes and the Classic API's binary semaphores: owner, nesting, protocols, hand-over.

A waiter gets the mutex at the moment its owner gives it back; nobody can overtake it in between. The protocols lend
the owner a priority while it holds the mutex (``boost``, which the scheduler asks for).
"""

from __future__ import annotations

from enum import IntEnum

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass
from rtems_shim.core.thread import Thread
from rtems_shim.core.uses import Use, use_now
from rtems_shim.core.waitqueue import WaitQueue

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


class Protocol(IntEnum):
    """PTHREAD_PRIO_NONE, _INHERIT and _PROTECT."""

    NONE = 0
    INHERIT = 1
    CEILING = 2


@dataclass(slots=True, eq=False)
class Mutex:
    """One mutex. ``depth`` counts the owner's locks, 1 for a plain one. ``label`` names it in reports."""

    label: str
    protocol: Protocol
    queue: WaitQueue
    ceiling: int = 0
    owner: Thread | None = None
    depth: int = 0
    taken: Use | None = None
    """The call by which its owner has it."""

    def boost(self) -> int | None:
        """Return the core priority that the owner is lent, None for none."""
        if self.protocol is Protocol.CEILING:
            return self.ceiling
        first = self.queue.first() if self.protocol is Protocol.INHERIT else None
        return first.priority if first else None

    def describe(self) -> str:
        """Say what a thread that waits for it waits for."""
        return f"{self.label}, held by {self.owner.label}" if self.owner else self.label

    def take(self, kernel: Kernel, thread: Thread, use: Use | None = None) -> None:
        """Make ``thread`` the owner of the free mutex, by the call that is being served unless ``use`` is another."""
        self.owner = thread
        self.taken = use_now(kernel) if use is None else use
        self.depth = 1
        if self.protocol is not Protocol.NONE:
            thread.held.append(self)
            kernel.scheduler.update_priority(thread)

    def give_back(self, kernel: Kernel) -> None:
        """End the owner's hold: the first waiter, if any, becomes the owner and wakes."""
        thread = self.owner
        assert thread is not None
        self.owner = None
        self.depth = 0
        if self.protocol is not Protocol.NONE:
            thread.held.remove(self)
            kernel.scheduler.update_priority(thread)
        heir = self.queue.first()
        if heir is not None:
            # Take first: the priority it is lent decides where it enters the ready queue.
            self.queue.remove(heir)
            assert heir.wait is not None
            heir.wait.queue = None
            self.take(kernel, heir, None if heir.blocked_in is None else heir.blocked_in.again(kernel.now))
            kernel.wake(heir, heir.wait.granted, kernel.executing)

    def violates_ceiling(self, thread: Thread) -> bool:
        """Whether ``thread`` is more urgent than the ceiling allows."""
        return self.protocol is Protocol.CEILING and thread.priority < self.ceiling
