"""The event sets of a thread: 32 events that anyone may send it, and a second set for the system's own use.

Who sends the events that a blocked thread waits for writes that thread's result word: an access of the sender.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass
from rtems_shim.abi import constants
from rtems_shim.abi.status import Status
from rtems_shim.core.dispatch import trap
from rtems_shim.core.thread import Thread
from rtems_shim.core.uses import use_now
from rtems_shim.core.wait_results import give

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


@dataclass(frozen=True, slots=True)
class EventWait:
    """What a thread waits for: all of ``wanted``, or any; its result goes to ``received``. ``system``: which set."""

    wanted: int
    any_of: bool
    received: int
    system: bool


def pending(thread: Thread, system: bool) -> int:
    """Return the thread's pending events of one of its two sets."""
    return thread.classic.pending_system_events if system else thread.classic.pending_events


def set_pending(thread: Thread, system: bool, event_set: int) -> None:
    """Replace the thread's pending events of one of its two sets."""
    if system:
        thread.classic.pending_system_events = event_set
    else:
        thread.classic.pending_events = event_set


def seized(event_set: int, wanted: int, any_of: bool) -> int:
    """Return which of ``event_set`` satisfy a receiver, 0 when they do not."""
    found = event_set & wanted
    return found if any_of or found == wanted else 0


def _what(thread: Thread, wait: EventWait) -> str:
    """Say what ``thread`` waits for, and which events have come that are not enough."""
    words = f"{'any' if wait.any_of else 'all'} of the events 0x{wait.wanted:08x}"
    come = pending(thread, wait.system)
    if not wait.any_of:
        return words + (f" (0x{come & wait.wanted:08x} have come)" if come & wait.wanted else "")
    return words + (f" (only 0x{come:08x} have come)" if come else "")


@trap("rtems_event_send")
def rtems_event_send(kernel: Kernel, id: int, event_in: int) -> int:
    """rtems_event_send()."""
    return send(kernel, id, event_in, system=False)


@trap("rtems_event_system_send")
def rtems_event_system_send(kernel: Kernel, id: int, event_in: int) -> int:
    """rtems_event_system_send()."""
    return send(kernel, id, event_in, system=True)


def send(kernel: Kernel, id: int, event_in: int, system: bool) -> int:
    """Send events to a thread and wake it when it has what it waits for; a refused copy sends nothing."""
    thread = kernel.find_thread(id)
    if thread is None or not thread.alive:
        return Status.INVALID_ID
    now = pending(thread, system) | event_in
    uses = thread.classic.events_sent
    wait = thread.wait.data if thread.wait else None
    taken = 0
    if isinstance(wait, EventWait) and wait.system == system:
        taken = seized(now, wait.wanted, wait.any_of)
    if taken and isinstance(wait, EventWait):
        give(kernel, thread, wait.received, taken.to_bytes(4, "little"))
        set_pending(thread, system, now & ~taken)
        kernel.wake(thread, Status.SUCCESSFUL, kernel.executing)
    else:
        set_pending(thread, system, now)
    uses.give(use_now(kernel))
    return Status.SUCCESSFUL


@trap("rtems_event_receive")
def rtems_event_receive(kernel: Kernel, event_in: int, options: int, timeout: int, received: int) -> int | None:
    """rtems_event_receive()."""
    return receive(kernel, event_in, options, timeout, received, system=False)


@trap("rtems_event_system_receive")
def rtems_event_system_receive(kernel: Kernel, event_in: int, options: int, timeout: int, received: int) -> int | None:
    """rtems_event_system_receive()."""
    return receive(kernel, event_in, options, timeout, received, system=True)


def receive(kernel: Kernel, event_in: int, options: int, timeout: int, received: int, system: bool) -> int | None:
    """Take events, or wait for them; to ask for none tells what is pending."""
    if not received:
        return Status.INVALID_ADDRESS
    thread = kernel.executing
    now = pending(thread, system)
    if not event_in:
        kernel.memory.store_word(received, now)
        return Status.SUCCESSFUL
    any_of = bool(options & constants.EVENT_ANY)
    taken = seized(now, event_in, any_of)
    if taken or options & constants.NO_WAIT:
        kernel.memory.store_word(received, now & event_in)  # of those in part there, too
    if taken:
        set_pending(thread, system, now & ~taken)
        return Status.SUCCESSFUL
    if options & constants.NO_WAIT:
        return Status.UNSATISFIED
    return kernel.block(
        lambda: _what(thread, EventWait(event_in, any_of, 0, system)),
        data=EventWait(event_in, any_of, received, system),
        deadline=kernel.time.in_ticks(timeout) if timeout else None,
        timed_out=Status.TIMEOUT,
        uses=thread.classic.events_sent,
    )
