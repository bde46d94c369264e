"""The threads of the kernel inside an image for a debugger. Fulfils emulator.debugger.threads.ThreadView.

Numbers are given in the order in which threads are met, and stay: a control block has its number for good.
"""

from __future__ import annotations

from emulator.armv7m.core import Registers
from emulator.armv7m.exception_entry import BASIC_FRAME
from emulator.armv7m.faults import ExceptionNumber
from emulator.armv7m.thread_context import unstack
from emulator.debugger.threads import FIRST_KERNEL_NUMBER, DebugThread
from emulator.errors import GuestAccessError
from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import GuestKernel, KernelThread

MOST_NUMBERED = 1 << 16
"""Control blocks that get numbers of their own; a program that makes threads without end has more."""


class GuestThreads:
    """The threads of ``kernel``; ``registers`` are the live ones of its machine."""

    def __init__(self, kernel: GuestKernel, data: GuestData, registers: Registers) -> None:
        self._kernel = kernel
        self._data = data
        self._registers = registers
        self._numbers: dict[int, int] = {}

    def running(self) -> int | None:
        """Return the number of the running thread; None before there is one."""
        running = self._kernel.running()
        return None if running is None else self._number(running)

    def threads(self) -> list[DebugThread]:
        """Return the threads that have a context, the idle threads last."""
        running = self._kernel.running()
        found = [self._thread(thread, running) for thread in self._kernel.threads()]
        return [one for one in found if one is not None]

    def interrupted(self) -> Registers | None:
        """See ThreadView: the frame is where PSP is, whatever the handlers do."""
        running, live = self._kernel.running(), self._registers
        thread = next((one for one in self._kernel.threads() if one.id == running), None)
        if thread is None or thread.stack is None or not self._is_on_processor(thread):
            return None
        if not thread.stack.base <= live.psp <= thread.stack.end - BASIC_FRAME:
            return None
        registers = live.copy()
        try:
            unstack(registers, live.psp, self._data.bytes, has_fp=False)
        except GuestAccessError:
            return None
        return registers

    def _thread(self, thread: KernelThread, running: int | None) -> DebugThread | None:
        registers = thread.registers
        if thread.id != running and registers is None:
            return None
        priority = "" if thread.priority is None else f"; priority {thread.priority}"
        stack = None if thread.stack is None else (thread.stack.base, thread.stack.size)
        return DebugThread(self._number(thread.id), thread.name, f"{thread.state}{priority}", registers, stack)

    def _is_on_processor(self, thread: KernelThread) -> bool:
        """Whether the running thread's context is the processor's. In the middle of a switch it is not."""
        within = thread.stack is None or thread.stack.base <= self._registers.psp <= thread.stack.end
        return self._registers.ipsr != ExceptionNumber.PENDSV or within

    def _number(self, identifier: int) -> int:
        if identifier not in self._numbers and len(self._numbers) < MOST_NUMBERED:
            self._numbers[identifier] = FIRST_KERNEL_NUMBER + len(self._numbers)
        return self._numbers.get(identifier, FIRST_KERNEL_NUMBER + MOST_NUMBERED)
