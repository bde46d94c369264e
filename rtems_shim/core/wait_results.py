"""What a call gets after it blocked, and whose access its delivery is: the one place that reaches past a wait.

As in RTEMS there are two kinds. A message, received events, a segment and a siginfo_t are written through the blocked
thread's pointer by whoever wakes it (``give``), and a blocked sender's message is read by the receiver (``take``):
accesses of the waker. The value of pthread_join, the priority of mq_receive and the remaining time of nanosleep are
stored by the thread that waited, once it runs again (``owe``, ``settle``): its own accesses, whoever woke it.

In both kinds the policy and the MPU are asked at the moment of the copy, for the thread whose access it is. A refusal
is that thread's MemManage at the SVC of its call; ``RefusedCopy`` says between whom it was. State: what threads are
owed, in ``Thread.owed`` and ``Thread.refused``.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import XPSR_IT
from emulator.armv7m.exception_entry import sp_before
from emulator.armv7m.faults import SVC_SIZE, Fault
from emulator.bits import WORD_MASK
from emulator.records import dataclass
from rtems_shim.abi import layouts
from rtems_shim.core.access import AccessRefused
from rtems_shim.core.events import CopyMade

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread

STACKED_PC = 24
STACKED_XPSR = 28


@dataclass(frozen=True, slots=True)
class RefusedCopy:
    """A copy between threads that was refused: from ``source`` to ``destination``, one of which made the access.

    ``waited`` is the thread whose call blocked, ``reason`` what it waited for, in words, and ``late`` whether that
    thread made the access itself, once it ran. ``sp``: the stack pointer at the SVC where a late refusal is taken.
    A source or destination that is no thread is an interrupt handler.
    """

    fault: Fault
    source: Thread | None
    destination: Thread | None
    waited: Thread
    reason: str
    late: bool = False
    sp: int = 0


@dataclass(frozen=True, slots=True)
class Owed:
    """A result that a thread stores itself when it runs.

    ``source`` brought it (None: an interrupt handler), ``reason`` is what was waited for.
    """

    address: int
    data: bytes
    source: Thread | None
    reason: Callable[[], str]


# -- accesses of the waker -----------------------------------------------------------------------------------------


def give(kernel: Kernel, waiter: Thread, address: int, data: bytes) -> None:
    """Write ``data`` where the blocked ``waiter`` wants it, as the caller of the trap."""
    try:
        kernel.memory.store(address, data, waiter)
    except AccessRefused as refused:
        refused.copy = RefusedCopy(refused.fault, _caller(kernel), waiter, waiter, _reason(waiter))
        raise
    if kernel.port.observed:
        kernel.port.emit(CopyMade(kernel.now, kernel.executing.id, waiter.id, address, len(data), "write"))


def take(kernel: Kernel, waiter: Thread, address: int, size: int) -> bytes:
    """Return ``size`` bytes of what the blocked ``waiter`` wants to send, read as the caller of the trap."""
    try:
        data = kernel.memory.load(address, size, waiter)
    except AccessRefused as refused:
        refused.copy = RefusedCopy(refused.fault, waiter, _caller(kernel), waiter, _reason(waiter))
        raise
    if kernel.port.observed:
        kernel.port.emit(CopyMade(kernel.now, kernel.executing.id, waiter.id, address, size, "read"))
    return data


def _caller(kernel: Kernel) -> Thread | None:
    return None if kernel.from_interrupt else kernel.executing


def _reason(waiter: Thread) -> str:
    return waiter.wait.reason() if waiter.wait is not None else ""


# -- accesses of the thread that waited ------------------------------------------------------------------------------


def owe(kernel: Kernel, waiter: Thread, address: int, data: bytes, source: Thread | None = None) -> None:
    """Let ``waiter``, which is about to be woken, store ``data`` at ``address`` itself once it runs."""
    assert waiter.wait is not None
    waiter.owed.append(Owed(address, data, source or _caller(kernel), waiter.wait.reason))


def settle(kernel: Kernel, thread: Thread) -> None:
    """Store what ``thread`` is owed: it has just been switched in, and its map is in force.

    Where that is refused the thread goes back to its SVC, and ``is_refused`` faults it there: in its own context, as if
    the call had made the access, which in RTEMS it does.
    """
    owed, thread.owed = thread.owed, []
    for result in owed:
        fault = kernel.protection.copies.store(result.address, result.data, privileged=thread.privileged)
        if fault is not None:
            sp = return_to_svc(kernel, thread)
            thread.refused = RefusedCopy(fault, result.source, thread, thread, result.reason(), late=True, sp=sp)
            thread.result = None
            return


def return_to_svc(kernel: Kernel, thread: Thread) -> int:
    """Make the saved context of ``thread`` go on at its SVC instead of behind it; return its stack pointer there.

    Through the thread's own map: where that is refused the exception return will be, too, and raises the right fault.
    """
    memory, privileged = kernel.port.memory, thread.privileged
    word = memory.load(thread.sp + layouts.FRAME_EXC_RETURN, 4, privileged)
    if isinstance(word, Fault):
        return 0
    exc_return = int.from_bytes(word, "little")
    frame = layouts.hardware_frame(thread.sp, exc_return)
    words = memory.load(frame + STACKED_PC, 8, privileged)
    if isinstance(words, Fault):
        return 0
    pc, xpsr = int.from_bytes(words[:4], "little"), int.from_bytes(words[4:], "little")
    # An IT block that the SVC was in has moved on; the SVC was executed, so it is again without one.
    again = ((pc - SVC_SIZE) & WORD_MASK).to_bytes(4, "little") + (xpsr & ~XPSR_IT).to_bytes(4, "little")
    memory.store(frame + STACKED_PC, again, privileged)
    return sp_before(frame, exc_return, xpsr)


def is_refused(kernel: Kernel, thread: Thread) -> RefusedCopy | None:
    """Return, once, the refusal that ``thread`` has come back to its SVC for; None for any other trap.

    A signal handler may run first, on the same stack further down: its traps are calls like any other.
    """
    refused = thread.refused
    if refused is None or kernel.from_interrupt or kernel.port.registers.sp != refused.sp:
        return None
    thread.refused = None
    return refused
