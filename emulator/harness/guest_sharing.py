"""The threads of an unmodified image as the shim's sharing sees them: owners of stacks, and the shares of these.

A share is what it is on the shim (rtems_shim/protection/sharing.py); here it opens the overlay of ``--isolate`` instead
of regions. State: the threads that were met, and their shares.
"""

from __future__ import annotations

from emulator.harness.stack_isolation import GuestStacks
from emulator.kernels.kernel import KernelThread
from emulator.kernels.rtems import Rtems
from emulator.machine.closed_spans import READ, WRITE
from emulator.machine.machine import Machine
from emulator.machine.overlay import Overlay
from rtems_shim.core.objects import name_string
from rtems_shim.protection.policy import Policy, Stack
from rtems_shim.protection.sharing import Sharing


class SharingThread:
    """A thread of the image. Fulfils StackOwner, and what a shared memory object asks of a thread."""

    privileged = True

    def __init__(self, thread: KernelThread) -> None:
        self.id = thread.id
        self.serial = thread.serial
        self.known_name = self.label = thread.name
        self.stack_base, self.stack_size = thread.stack or (0, 0)
        self.alive = True


class GuestSharing:
    """Who shares which stack of ``kernel``; ``stacks`` are the same threads as ``overlay`` has them."""

    def __init__(self, machine: Machine, kernel: Rtems, stacks: GuestStacks, overlay: Overlay) -> None:
        self._kernel = kernel
        self._stacks = stacks
        self._overlay = overlay
        self._known: dict[int, SharingThread] = {}
        self.shares = Sharing(machine, Policy([], []), self._apply)
        stacks.hear(self)

    def forget(self) -> None:
        """The machine was reset: no thread is left."""
        self._known.clear()
        self.shares.policy = Policy([], [])
        self._stacks.given = {}

    def threads(self) -> list[SharingThread]:
        """Return the threads that exist now, by their ids. Those that have ended lose their shares."""
        now = {thread.id: thread for thread in self._kernel.threads() if not thread.has_ended}
        for identifier, known in list(self._known.items()):
            if identifier not in now or now[identifier].serial != known.serial:
                self._end(identifier)
                self._overlay.changed()
        for thread in now.values():
            if thread.id not in self._known and thread.stack is not None:
                self._meet(thread)
            elif thread.id in self._known:
                self._known[thread.id].known_name = self._known[thread.id].label = thread.name
        return [self._known[identifier] for identifier in now if identifier in self._known]

    def _meet(self, thread: KernelThread) -> None:
        met = SharingThread(thread)
        policy = self.shares.policy
        if not met.stack_size or policy.stacks_in(met.stack_base, met.stack_base + met.stack_size):
            return
        policy.add_stack(Stack(met, met.stack_base, met.stack_base + met.stack_size))
        self._known[thread.id] = met

    def exists(self, thread: KernelThread) -> None:
        """See ThreadsHearer: it is read when somebody asks for it."""

    def ended(self, thread: KernelThread) -> None:
        """See ThreadsHearer."""
        self._end(thread.id)

    def released(self, thread: KernelThread, via: str) -> None:
        """See ThreadsHearer."""

    def _end(self, identifier: int) -> None:
        thread = self._known.pop(identifier, None)
        if thread is None:
            return
        thread.alive = False
        self.shares.end_shares(thread)
        stack = self.shares.policy.stack_of(thread)
        if stack is not None:
            self.shares.policy.remove_stack(stack)
        self._give()

    def by_name(self, name: str) -> SharingThread | None:
        """Return the thread whose object has those characters, the one with the lowest id. As Threads.by_name()."""
        wanted = name.encode("latin-1", "replace")
        named = [one for one in self.threads() if name_string(self._kernel.object_name_word(one.id)) == wanted]
        return min(named, key=lambda one: one.serial, default=None)

    def by_stack(self, base: int) -> SharingThread | None:
        """Return the thread whose stack begins at ``base``."""
        return next((one for one in self.threads() if one.stack_base == base), None)

    def executing(self) -> SharingThread | None:
        """Return the thread that runs."""
        running = self._kernel.running()
        return next((one for one in self.threads() if one.id == running), None)

    def running(self) -> int | None:
        """Return the id of the thread that runs."""
        return self._kernel.running()

    def _apply(self) -> None:
        self._give()
        self._overlay.changed()

    def _give(self) -> None:
        self._stacks.given = {
            (share.target.id, share.owner.id): share.rights & (READ | WRITE)
            for stack in self.shares.policy.stacks for share in stack.shares
        }  # fmt: skip
