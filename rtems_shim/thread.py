"""A thread as the kernel knows it, and the reason it waits.

POSIX threads, Classic tasks and the idle thread are one kind of object; the API part of the id tells them apart.
Priorities here are RTEMS core priorities, 0 (most urgent) to 255 (idle). POSIX turns its own around (pthread.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rtems_shim.objects import Api, object_api

if TYPE_CHECKING:
    from rtems_shim.clock import Timeout
    from rtems_shim.waitqueue import WaitQueue

PRIORITY_MAXIMUM = 255


@dataclass(slots=True)
class Wait:
    """Why a thread is blocked.

    ``reason`` says it in words for reports. ``queue`` is the wait queue it stands in (None: it only waits for time).
    ``on_timeout`` runs when ``timeout`` fires. ``data`` is what the waker needs to know, such as where to copy to.
    """

    reason: Callable[[], str]
    queue: WaitQueue | None
    on_timeout: Callable[[Thread], None]
    data: Any = None
    timeout: Timeout | None = None


@dataclass(slots=True, eq=False)
class Thread:
    """One thread.

    ``slot`` counts threads of every API from 0 in a fixed way: the smallest free number. ``stack_base`` is the lowest
    address. ``sp`` is the saved stack pointer while the thread is not executing. ``result`` goes to its r0 when it is
    switched in (None: leave r0 alone). ``shares`` belongs to protection.py.
    """

    id: int
    slot: int
    entry: int
    argument: int
    stack_base: int
    stack_size: int
    base_priority: int
    name: str = ""
    alive: bool = True
    privileged: bool = True
    owns_stack: bool = False
    shares: list[Any] = field(default_factory=list)

    priority: int = 0
    preemptible: bool = True
    timeslice: int = 0
    """Ticks left before another thread of the same priority runs."""
    sliced: bool = False
    """Whether the time slice counts at all."""
    slice_resets: bool = False
    """Whether each switch to the thread starts a fresh slice (RTEMS_TIMESLICE, SCHED_OTHER); SCHED_RR exhausts it."""

    sp: int = 0
    result: int | None = None
    started: bool = False
    suspended: bool = False
    wait: Wait | None = None
    held: list[Any] = field(default_factory=list)
    """Mutexes whose protocol may raise this thread's priority, in the order they were taken."""
    errno_block: int = 0
    """Guest address of the per-thread block of the C library (0: none)."""
    api: Any = None
    """What the API that made the thread keeps with it: PthreadState or TaskState."""

    def __post_init__(self) -> None:
        self.priority = self.base_priority

    @property
    def ready(self) -> bool:
        """Whether the scheduler may run it."""
        return self.alive and self.started and not self.suspended and self.wait is None

    @property
    def label(self) -> str:
        """Its name, or its id where it has none: ``0x01``, ``0x0b010002``."""
        return self.name or f"0x{self.id:08x}"

    @property
    def is_idle(self) -> bool:
        """Whether this is the idle thread."""
        return object_api(self.id) == Api.INTERNAL

    def describe_state(self) -> str:
        """Return ``waits for ...``, ``is suspended``, ``is ready``, ``has ended`` or ``was never started``."""
        if not self.alive:
            return "has ended"
        if not self.started:
            return "was never started"
        words = [f"waits for {self.wait.reason()}"] if self.wait else []
        if self.suspended:
            words.append("is suspended")
        return " and ".join(words) or "is ready"
