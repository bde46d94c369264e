"""Who could touch whose stack in an image with a kernel of its own, told as that of the shim's programs is.

The history is made of the shim's events. Here the threads' are made from what ``--isolate`` sees of the kernel, when it
sees it; the shares' are those of /taskfs/. Threads have the ids of their objects. State: ids by control blocks.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.harness.stack_isolation import StackIsolation
from emulator.kernels.kernel import KernelThread
from emulator.machine.events import Event, ThreadCreated, ThreadNamed
from emulator.machine.machine import Machine
from emulator.records import replace
from rtems_shim.core.events import ThreadEnded
from rtems_shim.protection.share_events import ShareMade, ShareRemoved, StackProtected, StackReleased


class GuestAccess:
    """Tells ``note`` of the threads that ``isolation`` is of, and of their shares. The machine has not run."""

    def __init__(self, machine: Machine, isolation: StackIsolation, note: Callable[[Event], None]) -> None:
        self._machine = machine
        self._note = note
        self._ids: dict[int, int] = {}
        self._names: dict[int, str] = {}
        isolation.stacks.hear(self)
        machine.observers.append(self)

    def __call__(self, event: Event) -> None:
        """Take note of a share."""
        if isinstance(event, ShareMade | ShareRemoved):
            owner, target = self.id_of(event.owner), self.id_of(event.target)
            self._note(replace(event, owner=owner, target=target, caller=self.id_of(event.caller)))

    def id_of(self, thread: int) -> int:
        """Return the id of the object of a thread that exists."""
        return self._ids.get(thread, thread)

    def exists(self, thread: KernelThread) -> None:
        """See ThreadsHearer."""
        now, identifier, name = self._machine.clock.now, thread.serial or thread.id, thread.name
        if thread.stack is None:
            return
        if self._ids.get(thread.id) == identifier:
            if self._names[thread.id] != name:
                self._note(ThreadNamed(now, identifier, name))
        else:
            self._note(StackProtected(now, identifier, name, *thread.stack))
            priority = thread.priority or 0
            self._note(ThreadCreated(now, identifier, name, thread.entry, *thread.stack, priority, 0))
        self._ids[thread.id], self._names[thread.id] = identifier, name

    def ended(self, thread: KernelThread) -> None:
        """See ThreadsHearer."""
        identifier = self._ids.pop(thread.id, None)
        if identifier is None or thread.stack is None:
            return
        self._note(ThreadEnded(self._machine.clock.now, identifier))
        if not thread.keeps_stack:
            self._release(identifier, thread, "its kernel takes it back")

    def released(self, thread: KernelThread, via: str) -> None:
        """See ThreadsHearer."""
        self._release(thread.serial or thread.id, thread, via)

    def _release(self, identifier: int, thread: KernelThread, via: str) -> None:
        if thread.stack is not None:
            now = self._machine.clock.now
            self._note(StackReleased(now, identifier, thread.name, thread.stack.base, thread.stack.size, via))
