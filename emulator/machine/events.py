"""What observers of a run see. Every event is a frozen dataclass whose fields are plain ints, strings and tuples.

``kind`` names the event in traces. Personalities add their own kinds by subclassing ``Event``
(rtems_shim/core/events.py); those about threads that any kernel has are here.
"""

from __future__ import annotations

from emulator.annotations import ClassVar
from emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at virtual ``time`` (instructions executed before it)."""

    kind: ClassVar[str] = "event"
    time: int


@dataclass(frozen=True, slots=True)
class Reset(Event):
    """The core left reset; ``count`` is 0 for power-up."""

    kind: ClassVar[str] = "reset"
    count: int
    pc: int
    sp: int


@dataclass(frozen=True, slots=True)
class ExceptionTaken(Event):
    """ExceptionTaken; ``return_address`` is the stacked PC, None for a tail chain, which stacks nothing. [B1.5.8]"""

    kind: ClassVar[str] = "exception"
    exception: int
    return_address: int | None
    exc_return: int


@dataclass(frozen=True, slots=True)
class ExceptionReturned(Event):
    """ExceptionReturn from ``exception`` to ``pc``."""

    kind: ClassVar[str] = "return"
    exception: int
    pc: int


@dataclass(frozen=True, slots=True)
class FaultRaised(Event):
    """A fault before it is taken. ``access`` is ``read``, ``write``, ``fetch`` or None; ``pc`` the instruction."""

    kind: ClassVar[str] = "fault"
    cause: str
    pc: int
    address: int | None
    access: str | None
    size: int
    value: int | None


@dataclass(frozen=True, slots=True)
class MpuWritten(Event):
    """An MPU region (or MPU_CTRL with ``region`` -1, the word in ``rasr``) changed."""

    kind: ClassVar[str] = "mpu"
    region: int
    rbar: int
    rasr: int


@dataclass(frozen=True, slots=True)
class AbsentTouched(Event):
    """The first access to ``address``, where a lenient board has nothing: it reads as zero. ``access`` as above."""

    kind: ClassVar[str] = "absent"
    pc: int
    address: int
    access: str
    size: int


@dataclass(frozen=True, slots=True)
class ForeignTouched(Event):
    """The first access of ``thread`` to the stack of ``owner`` by its calls, which an overlay has closed (overlay.py).

    ``exception`` is the one whose frame was pushed, 0 for an instruction's access; ``owner`` is 0 where a frame left
    the thread's own stack. ``access`` as above.
    """

    kind: ClassVar[str] = "foreign"
    thread: int
    thread_name: str
    owner: int
    owner_name: str
    pc: int
    address: int
    access: str
    size: int
    exception: int


@dataclass(frozen=True, slots=True)
class StimulusGiven(Event):
    """Something happened to the program from outside, by entry ``name`` of its script; ``what`` says in words what."""

    kind: ClassVar[str] = "stimulus"
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class ConsoleSent(Event):
    """The program sent ``data`` to ``channel``, one character a byte: the console, a UART of the board, an ITM port."""

    kind: ClassVar[str] = "console"
    channel: str
    data: str


@dataclass(frozen=True, slots=True)
class ThreadCreated(Event):
    """A thread of the kernel exists. ``entry`` is the address of its function, 0 where that is not known.

    ``priority`` is the kernel's own: RTEMS's core priority, 0 most urgent.
    """

    kind: ClassVar[str] = "thread"
    thread: int
    name: str
    entry: int
    stack_base: int
    stack_size: int
    priority: int
    creator: int


@dataclass(frozen=True, slots=True)
class ThreadNamed(Event):
    """A thread has another name than before."""

    kind: ClassVar[str] = "name"
    thread: int
    name: str


@dataclass(frozen=True, slots=True)
class Switched(Event):
    """The kernel gave the processor to ``heir``. ``outgoing`` is 0 for the first switch."""

    kind: ClassVar[str] = "switch"
    outgoing: int
    heir: int
