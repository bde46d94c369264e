"""The threads that a debugger shows, and what it asks a kernel about them.

A kernel is known by a ``ThreadView``: of the personality, or of code in the guest that is found by its symbols. It
knows nothing of exceptions; contexts.py adds those. Numbers name threads towards the user: those of a kernel begin at
FIRST_KERNEL_NUMBER, an exception has its own (15 is SysTick), and 1 is what runs where there is no kernel.
"""

from __future__ import annotations

from emulator.annotations import Protocol
from emulator.armv7m.core import Registers
from emulator.records import dataclass

MAIN = 1
"""The number of what runs in Thread mode where no kernel has a thread there."""

FIRST_KERNEL_NUMBER = 1000


@dataclass(frozen=True, slots=True)
class DebugThread:
    """One thread, or one active exception.

    ``state`` says in words what it does or waits for: ``waits for mutex 3``. ``registers`` is the context it goes on
    with, None where a view leaves that to the processor: the thread is on it, or was interrupted. ``stack`` is the
    (lowest address, size) of its stack, None where that is not known.
    """

    number: int
    name: str
    state: str
    registers: Registers | None
    stack: tuple[int, int] | None = None


class ThreadView(Protocol):
    """A kernel as a debugger sees it. It reads memory as the debugger does, and changes nothing."""

    def running(self) -> int | None:
        """Return the number of the thread on the processor, whatever exception interrupts it; None: none is yet."""

    def interrupted(self) -> Registers | None:
        """Return the context that exceptions took from the running thread, None where that is not known.

        For handlers that cannot be followed: it has what the frame holds, and the other registers as they are now.
        """

    def threads(self) -> list[DebugThread]:
        """Return the threads that have a context, in a fixed order; the running one without registers."""
