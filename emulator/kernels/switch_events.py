"""What observers are told of the kernel inside an image: its threads as they are met, and each switch.

A thread is met when it runs for the first time, together with the others that exist then. State: the names by which
threads were told.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.engine.switch_watch import Switch
from emulator.kernels.kernel import GuestKernel, KernelThread
from emulator.machine.events import Event, Switched, ThreadCreated, ThreadNamed

NOBODY = 1
"""The id of what runs when a kernel says that no thread does, after the first one ran; 0 is the start-up code."""
NOBODY_NAME = "no thread"
MOST_MET = 1 << 14
"""Threads that are told of; a program that makes them without end has more."""


class SwitchEvents:
    """Hears of the switches of ``kernel`` and tells ``emit`` of them."""

    def __init__(self, kernel: GuestKernel, emit: Callable[[Event], None]) -> None:
        self._kernel = kernel
        self._emit = emit
        self._names: dict[int, str] = {}

    def __call__(self, switch: Switch) -> None:
        self._meet(switch.time, switch.heir)
        outgoing = switch.outgoing or (NOBODY if NOBODY in self._names else 0)
        self._emit(Switched(switch.time, outgoing, switch.heir or NOBODY))

    def _meet(self, time: int, heir: int) -> None:
        """Tell of ``heir`` and of others that are new, or of its new name."""
        if not heir:
            if NOBODY not in self._names:
                self._tell(time, KernelThread(NOBODY, NOBODY_NAME, "", None, None))
            return
        name = self._kernel.name_of(heir)
        if heir not in self._names:
            for thread in self._kernel.threads():
                if thread.id not in self._names:
                    self._tell(time, thread)
        if heir not in self._names:
            self._tell(time, KernelThread(heir, name, "", None, None))
        elif self._names[heir] != name:
            self._names[heir] = name
            self._emit(ThreadNamed(time, heir, name))

    def _tell(self, time: int, thread: KernelThread) -> None:
        if len(self._names) >= MOST_MET:
            return
        self._names[thread.id] = thread.name
        base, size = (0, 0) if thread.stack is None else thread.stack
        self._emit(ThreadCreated(time, thread.id, thread.name, 0, base, size, thread.priority or 0, 0))
