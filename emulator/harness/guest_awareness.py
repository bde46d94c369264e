"""The kernel inside an unmodified image, looked for when somebody asks for its threads, and no sooner.

A program that ends with success pays nothing for it. State: what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from emulator.annotations import TYPE_CHECKING
from emulator.machine.machine import Machine
from emulator.machine.story import waits_for_work

if TYPE_CHECKING:
    from emulator.engine.switch_watch import SwitchWatch
    from emulator.kernels.finding import Found
    from emulator.kernels.guest_data import GuestData
    from emulator.kernels.guest_story import GuestStory
    from emulator.kernels.kernel import GuestKernel, KernelThread
    from emulator.kernels.thread_view import GuestThreads


class GuestAwareness:
    """What is known of the kernel of ``machine``; ``choice`` is that of --os, but for none."""

    def __init__(self, machine: Machine, choice: str) -> None:
        self._machine = machine
        self._choice = choice
        self.ended: Callable[[], Sequence[KernelThread]] = tuple
        """The threads that are no more, and whose stacks are closed to everybody."""

    @property
    def kernel(self) -> GuestKernel | None:
        """The kernel, None where none is known; the image's warnings say why, if that is to be said."""
        return self._found.kernel

    @cached_property
    def _found(self) -> Found:
        from emulator.kernels.finding import find_kernel  # most runs end without it

        found = find_kernel(self._choice, self._machine.peek, self._machine.image)
        if found.warning:
            self._machine.image.warnings.append(found.warning)
        return found

    @property
    def data(self) -> GuestData:
        """The kernel's data."""
        from emulator.kernels.guest_data import GuestData

        return GuestData(self._machine.peek, self._machine.image)

    def waking_calls(self) -> tuple[str, ...]:
        """Return the functions of the kernel that may let a thread go on, where it waits for one; else none."""
        if self.kernel is None or not waits_for_work(self.story(), self._machine.registers.ipsr):
            return ()
        return self.kernel.waking_calls

    def watch_switches(self) -> SwitchWatch | None:
        """Count switches from now on, if there is a kernel whose word is in memory. The machine has not run yet."""
        return None if self.kernel is None else self._machine.engine.block_hook.watch_switches(*self.kernel.switch_word)

    def tell_switches(self) -> None:
        """Tell the observers of threads and switches from now on, if there is a kernel. The machine has not run yet."""
        watch = self.watch_switches()
        if watch is not None and self.kernel is not None:
            from emulator.kernels.switch_events import SwitchEvents

            watch.hear(SwitchEvents(self.kernel, self._machine.emit))

    def story(self) -> GuestStory | None:
        """Return what the kernel adds to a report, of the machine as it is now; None where none is known."""
        if self.kernel is None:
            return None
        from emulator.kernels.guest_story import GuestStory

        switches = self._machine.engine.block_hook.switches
        machine, has_restarted = self._machine, self._machine.resets > 0
        return GuestStory(
            self.kernel, self.data, machine.registers, switches, self.ended(), has_restarted=has_restarted
        )

    @cached_property
    def _threads(self) -> GuestThreads | None:
        if self.kernel is None:
            return None
        from emulator.kernels.thread_view import GuestThreads

        return GuestThreads(self.kernel, self.data, self._machine.registers)

    def threads(self) -> GuestThreads | None:
        """Return the kernel's threads for a debugger; None where none is known."""
        return self._threads
