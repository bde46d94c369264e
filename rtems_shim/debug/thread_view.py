"""The threads of RTEMS for a debugger. Fulfils emulator.debugger.threads.ThreadView.

The context of a thread that was switched out is where PendSV left it on its stack: r4-r11 and EXC_RETURN, s16-s31 where
it used the FPU, then the frame of the exception. No state of its own.
"""

from __future__ import annotations

import struct

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Registers
from emulator.armv7m.exception_entry import BASIC_FRAME, EXC_RETURN_BASIC
from emulator.armv7m.faults import ExceptionNumber
from emulator.armv7m.thread_context import unstack, unstack_fp
from emulator.debugger.threads import FIRST_KERNEL_NUMBER, MAIN, DebugThread
from emulator.errors import GuestAccessError
from rtems_shim.abi import layouts

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread


class KernelThreads:
    """The threads of ``kernel``."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def running(self) -> int | None:
        """Return the number of the executing thread; None before the first switch."""
        thread = self._kernel.executing
        return None if not self._kernel.booted or thread.slot < 0 else thread_number(thread)

    def threads(self) -> list[DebugThread]:
        """Return the threads that have a context, the idle thread last."""
        if not self._kernel.booted:
            return []
        known = sorted(self._kernel.threads.all(), key=lambda thread: (thread.is_idle, thread.slot))
        return [self._thread(thread) for thread in known if self._has_context(thread)]

    def interrupted(self) -> Registers | None:
        """See ThreadView: the frame is where PSP is, whatever the handlers do."""
        thread, live = self._kernel.executing, self._kernel.port.registers
        if not self._kernel.booted or thread.slot < 0 or not self._is_on_processor(thread):
            return None
        if not thread.stack_base <= live.psp <= thread.stack_base + thread.stack_size - BASIC_FRAME:
            return None
        registers = live.copy()
        unstack(registers, live.psp, self._kernel.port.memory.peek, has_fp=False, privileged=thread.privileged)
        return registers

    def _has_context(self, thread: Thread) -> bool:
        return thread is self._kernel.executing or (thread.started and thread.alive)

    def _thread(self, thread: Thread) -> DebugThread:
        registers = None if self._is_on_processor(thread) else self._saved(thread)
        state = f"{thread.describe_state()}; id 0x{thread.id:08x}, priority {thread.priority}"
        return DebugThread(
            thread_number(thread), thread.label, state, registers, (thread.stack_base, thread.stack_size)
        )  # fmt: skip

    def _is_on_processor(self, thread: Thread) -> bool:
        """Whether the context of ``thread`` is the processor's. In the middle of a switch that of the heir is not."""
        if thread is not self._kernel.executing:
            return False
        registers = self._kernel.port.registers
        within = thread.stack_base <= registers.psp <= thread.stack_base + thread.stack_size
        return registers.ipsr != ExceptionNumber.PENDSV or within

    def _saved(self, thread: Thread) -> Registers | None:
        try:
            return self._read(thread)
        except GuestAccessError:
            return None

    def _read(self, thread: Thread) -> Registers:
        peek = self._kernel.port.memory.peek
        saved = struct.unpack("<9I", peek(thread.sp, layouts.FRAME_SIZE))
        has_fp = not saved[8] & EXC_RETURN_BASIC
        frame = layouts.hardware_frame(thread.sp, saved[8])
        registers = self._kernel.port.registers.copy()
        registers.r[4:12] = saved[:8]
        unstack(registers, frame, peek, has_fp=has_fp, privileged=thread.privileged)
        if has_fp:
            high = struct.unpack("<16I", peek(thread.sp + layouts.FRAME_SIZE, layouts.FRAME_FP_SIZE))
            unstack_fp(registers, frame, peek, high)
        return registers


def thread_number(thread: Thread) -> int:
    """Return the number that a debugger gives ``thread``."""
    return MAIN if thread.slot < 0 else FIRST_KERNEL_NUMBER + thread.slot
