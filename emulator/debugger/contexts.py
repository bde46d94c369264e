"""Whose context is where: the threads of the kernel and, above the one that runs, the exceptions that are active.

An active exception is a thread of its own. Below it stands what it interrupted, with the registers that its frame and
the calls of its handler saved. Everything is read anew at each stop; no state.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.core import Registers
from emulator.armv7m.faults import exception_name
from emulator.debugger.threads import MAIN, DebugThread, ThreadView
from emulator.machine.machine import Machine
from emulator.records import replace

Unwind = Callable[[Machine], list[Registers]]
"""Returns the registers of what was interrupted, from the innermost outwards: those at which each handler began."""


class Contexts:
    """The contexts of ``machine``. ``view`` is None where no kernel is known."""

    def __init__(self, machine: Machine, view: ThreadView | None, unwind: Unwind) -> None:
        self._machine = machine
        self._view = view
        self._unwind = unwind

    @property
    def current(self) -> int:
        """The number of what the processor executes."""
        return self._machine.registers.ipsr or self.in_thread_mode

    @property
    def in_thread_mode(self) -> int:
        """The number of the thread that runs, whatever exception interrupts it."""
        running = self._view.running() if self._view is not None else None
        return MAIN if running is None else running

    def all(self) -> list[DebugThread]:
        """Return what the processor executes, what that interrupted, and the other threads of the kernel."""
        kernel = [] if self._view is None else self._view.threads()
        own = {thread.number: thread for thread in kernel}
        interrupted = self._interrupted() if self._machine.registers.ipsr else []
        found = [self._on_processor(self._live(), own, "")]
        if self._machine.registers.ipsr and self._view is not None and not any(not one.ipsr for one in interrupted):
            frame = self._view.interrupted()
            interrupted += [] if frame is None else [frame]
        for registers in interrupted:
            found.append(self._on_processor(registers, own, found[-1].name))
        shown = {thread.number for thread in found}
        return found + [one for one in kernel if one.number not in shown and one.registers is not None]

    def _interrupted(self) -> list[Registers]:
        """Return what was interrupted, as far as its frames can be those of the exceptions that are active."""
        active, found = self._machine.exceptions.active & ~(1 << self._machine.registers.ipsr), []
        for registers in self._unwind(self._machine):
            if registers.ipsr and not active >> registers.ipsr & 1:
                break  # a handler that has moved its stack pointer as nothing says: these are other bytes
            active &= ~(1 << registers.ipsr)
            found.append(registers)
        return found

    def find(self, number: int) -> DebugThread | None:
        """Return the thread with this number, None when there is none."""
        return next((thread for thread in self.all() if thread.number == number), None)

    def exists(self, number: int) -> bool:
        """Whether there is such a thread."""
        return number == self.current or self.find(number) is not None

    def _live(self) -> Registers:
        self._machine.processor.load_fp()
        return self._machine.registers.copy()

    def _on_processor(self, registers: Registers, own: dict[int, DebugThread], by: str) -> DebugThread:
        """Return the thread that ``registers`` belong to, which runs or was interrupted ``by`` an exception."""
        state = f"interrupted by {by.removesuffix(' handler')}" if by else "running"
        if registers.ipsr:
            return DebugThread(registers.ipsr, f"{exception_name(registers.ipsr)} handler", state, registers)
        thread = own.get(self.in_thread_mode)
        if thread is None:
            return DebugThread(MAIN, "main", state, registers)
        if thread.registers is not None:  # the switch to it is not over: its context is where it was saved
            return replace(thread, state="is switched in")
        return replace(thread, state=state, registers=registers)
