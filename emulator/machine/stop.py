"""Why a run ended, as values. The command maps them to exit codes (cli/main.py); nothing here exits."""

from __future__ import annotations

from emulator.annotations import Any
from emulator.armv7m.faults import Access, ExceptionNumber, Fault, FaultCause
from emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class StopReason:
    """The end of a run; ``time`` is virtual (instructions executed)."""

    time: int


@dataclass(frozen=True, slots=True)
class Exited(StopReason):
    """The guest ended by itself with ``code`` (0 is success)."""

    code: int


@dataclass(frozen=True, slots=True)
class Faulted(StopReason):
    """A fault that the personality declares the end of the run (an RTEMS fatal exception)."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Lockup(StopReason):
    """The core locked up. [B1.5.15] ``cause`` says in words what was refused at that priority."""

    cause: str


@dataclass(frozen=True, slots=True)
class Deadlock(StopReason):
    """Nothing can ever run again; ``waits`` says who waits for what, one line each."""

    waits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BudgetSpent(StopReason):
    """The instruction budget of the run is used up."""


@dataclass(frozen=True, slots=True)
class ResetRequested(StopReason):
    """A reset was asked for and resets end the run, or too many happened (``count``).

    ``device`` is the device that asked for the last one, a watchdog; '' where the program did by AIRCR.
    """

    count: int
    device: str = ""


@dataclass(frozen=True, slots=True)
class Asleep(StopReason):
    """The core waits for an interrupt or event that no device can raise any more (bare machine)."""


@dataclass(frozen=True, slots=True)
class Spinning(StopReason):
    """The program is in a loop that nothing can end: a branch to itself with no exception to come."""


@dataclass(frozen=True, slots=True)
class Breakpoint(StopReason):
    """In front of a debugger's breakpoint at ``address``."""

    address: int


@dataclass(frozen=True, slots=True)
class Watchpoint(StopReason):
    """In front of the instruction at ``pc``, which would access watched memory: ``value`` is None for a load."""

    pc: int
    address: int
    size: int
    access: Access
    value: int | None


@dataclass(frozen=True, slots=True)
class MemoryStored(StopReason):
    """Behind a store to watched memory that no instruction has made: an exception was stacked, or a kernel has copied.

    ``pc`` is where it was made: behind the trap, or in front of the instruction that was preempted.
    """

    pc: int
    address: int
    size: int


@dataclass(frozen=True, slots=True)
class AtFault(StopReason):
    """In front of the exception that ``fault``, of the instruction at ``pc``, makes: nothing is recorded of it yet.

    Only where ``Machine.stops_at_faults`` asks for it. The next run tries the instruction again, or, where a
    personality refused a trap, raises the fault at once; what faults again is raised.
    """

    pc: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class IsolationBroken(StopReason):
    """The MPU allows ``who`` other accesses to [start, end) than it may make; an audit asked for this end.

    ``rights`` are bits, ``1 << Access``: those that are there and should not be, or, where ``is_missing``, should be
    and are not, for ``privileged`` code or other. ``place`` says what is at ``start``, ``moment`` what happened in
    front of it, ``explanation`` (an mpu_explain.Explanation) what decides about ``start``, and ``labels`` what the
    regions stand for, by number.
    """

    who: str
    start: int
    end: int
    rights: int
    privileged: bool
    is_missing: bool
    place: str
    moment: str
    explanation: Any
    labels: dict[int, str]


FOREIGN = FaultCause(
    "FOREIGN", ExceptionNumber.MEM_MANAGE, "CFSR", 1, "accessed the stack of another thread", "no part of the manual"
)
FOREIGN_FRAME = FaultCause(
    "FRAME", ExceptionNumber.MEM_MANAGE, "CFSR", 4, "has no room in its own stack for the frame of an exception",
    "no part of the manual",
)  # fmt: skip
"""What an access to closed bytes, or the frame of an exception, is refused with: no exception comes of it, and no
status register has it."""


@dataclass(frozen=True, slots=True)
class ForeignAccess(StopReason):
    """In front of an access to the stack of another thread, which is closed (overlay.py), at ``pc``.

    ``record`` (a fault_record.FaultRecord) is the refused access, or the frame of an exception, as a fault's.
    """

    pc: int
    record: Any


@dataclass(frozen=True, slots=True)
class Interrupted(StopReason):
    """The user pressed Ctrl-C, asked the command to end (``terminated``: by that signal), or gave it so much time."""

    terminated: int = 0
    timed_out: bool = False
