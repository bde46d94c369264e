"""What the kernel tells the observers of a run, on top of the machine's own events. Threads are named by their ids."""

from __future__ import annotations

from emulator.annotations import ClassVar
from emulator.machine.events import Event
from emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class KernelBooted(Event):
    """The kernel read the image's configuration. ``threads`` is how many it starts with, the idle thread included."""

    kind: ClassVar[str] = "boot"
    threads: int
    tick_us: int


@dataclass(frozen=True, slots=True)
class ThreadEnded(Event):
    """A thread ended by itself or was deleted; its stack stays protected."""

    kind: ClassVar[str] = "end"
    thread: int


@dataclass(frozen=True, slots=True)
class Blocked(Event):
    """A thread waits for something, ``reason`` in words."""

    kind: ClassVar[str] = "block"
    thread: int
    reason: str


@dataclass(frozen=True, slots=True)
class Woken(Event):
    """A blocked thread is ready again; ``result`` goes to its r0. ``waker`` is 0 for a timeout."""

    kind: ClassVar[str] = "wake"
    thread: int
    result: int
    waker: int


Argument = tuple[str, str, "int | str"]
"""The name of an argument, its letter (abi/calls.py) and its value: the word, the text of an ``s`` that has one."""


@dataclass(frozen=True, slots=True)
class TrapCall(Event):
    """A call of the kernel. ``thread`` is the executing one, also when an interrupt handler calls.

    ``pc`` is where the caller of the name goes on. ``result`` (what the C caller gets) and ``error`` (its name)
    are filled in when the handler has returned: before that, and for a call that blocks, faults or does not return,
    they are None.
    """

    kind: ClassVar[str] = "call"
    thread: int
    name: str
    pc: int
    arguments: tuple[Argument, ...]
    from_interrupt: bool
    result: int | None = None
    error: str | None = None

    def returned(self, result: int, error: str | None) -> None:
        """The handler has returned: the one thing of an event that is known later."""
        object.__setattr__(self, "result", result)
        object.__setattr__(self, "error", error)


@dataclass(frozen=True, slots=True)
class CallReturned(Event):
    """A call that had blocked returns: its thread has just been switched in. ``result``, ``error`` as in TrapCall."""

    kind: ClassVar[str] = "result"
    thread: int
    name: str
    result: int
    error: str | None


@dataclass(frozen=True, slots=True)
class CopyMade(Event):
    """``subject`` woke ``owner`` and copied to (``access`` write) or from (read) where it had asked for."""

    kind: ClassVar[str] = "copy"
    subject: int
    owner: int
    address: int
    size: int
    access: str


@dataclass(frozen=True, slots=True)
class PriorityChanged(Event):
    """A thread's effective core priority changed."""

    kind: ClassVar[str] = "priority"
    thread: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class FatalRaised(Event):
    """The guest reached RTEMS's fatal error handler. ``code`` is source specific."""

    kind: ClassVar[str] = "fatal"
    thread: int
    source: int
    code: int
