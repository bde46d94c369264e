"""The thread switch, as the guest's PendSV handler asks for it.

The outgoing context is saved, on its own stack and through its own map, when ``switch`` is called. It chooses the
heir, changes the memory map, makes the heir's saved context ready, and answers where that lies; the guest restores
from there.
State: threads that ended on the stack they still ran on, and the last switch, for reports.
"""

from __future__ import annotations

import struct

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import CONTROL_NPRIV
from emulator.armv7m.exception_entry import BASIC_FRAME
from emulator.armv7m.faults import SVC_SIZE, Fault
from emulator.bits import WORD_MASK, align_down
from emulator.machine.events import Switched
from rtems_shim.abi import calls, layouts
from rtems_shim.core.deadlock import deadlock
from rtems_shim.core.dispatch import tell_returned
from rtems_shim.core.stack_use import check
from rtems_shim.core.thread import Thread
from rtems_shim.core.threads import first_frame
from rtems_shim.core.wait_results import settle

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel


class Switcher:
    """Switches the threads of ``kernel``."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._actions = kernel.extensions.post_switch_actions
        self._last: tuple[int, int, int] | None = None
        self._ended: list[Thread] = []
        self._begins_again: Thread | None = None

    @property
    def last(self) -> Switched | None:
        """The last switch."""
        return None if self._last is None else Switched(*self._last)

    def executed(self, thread: Thread) -> int:
        """Return how many instructions ``thread`` has executed."""
        running = self._kernel.now - (self._last[0] if self._last else 0)
        return thread.executed + (running if thread is self._kernel.executing else 0)

    def switch(self, sp: int) -> int:
        """Serve the PendSV handler: the outgoing context is saved at ``sp``; return where the heir's is saved."""
        kernel = self._kernel
        outgoing = kernel.executing
        if sp and outgoing.alive:
            self._save(outgoing, sp)
            if outgoing.sp < outgoing.lowest_sp:
                outgoing.lowest_sp = outgoing.sp
        if kernel.checks_stacks and outgoing.stack_before and not check(kernel, outgoing, sp or outgoing.sp):
            return sp
        heir = self._enter_heir()
        result = heir.result
        self._prepare(heir)
        if heir is not outgoing:
            now = kernel.now
            if kernel.inversions.waiters:
                kernel.inversions.look(kernel, heir)
            outgoing.executed += now - (self._last[0] if self._last else 0)
            self._last = now, outgoing.id, heir.id
            if kernel.port.observed:
                kernel.port.emit(Switched(*self._last))
            if self._ended:
                self._discard_ended()
            if heir.is_idle and not kernel.idle_works and kernel.stuck():
                kernel.port.stop(deadlock(kernel))
        if result is not None:
            tell_returned(kernel, heir, result)
        return heir.sp

    def _save(self, thread: Thread, sp: int) -> None:
        if not thread.context_abandoned:
            thread.sp = sp
            return
        thread.context_abandoned = False
        if self._begins_again is thread:
            # Not before: PendSV has just used the stack.
            self._begins_again = None
            self._kernel.threads.put_first_frame(thread)

    def _enter_heir(self) -> Thread:
        """Switch to the heir and its memory map; an heir that blocks again at once makes way for the next one."""
        kernel = self._kernel
        while True:
            heir = kernel.scheduler.switch()
            kernel.protection.switch_to(heir)
            on_resume, heir.on_resume = heir.on_resume, None
            if on_resume is None or on_resume(heir):
                if heir.owed:
                    settle(kernel, heir)
                return heir

    def _prepare(self, heir: Thread) -> None:
        """Make the heir's context ready for the guest to restore: result, handlers, errno, privilege."""
        kernel = self._kernel
        self._deliver_result(heir)
        self._divert(heir)
        block = heir.errno_block.to_bytes(4, "little")
        kernel.port.memory.poke(kernel.configuration["thread_block_pointer"], block)
        registers = kernel.port.registers
        registers.control = registers.control & ~CONTROL_NPRIV | (0 if heir.privileged else CONTROL_NPRIV)

    def _deliver_result(self, heir: Thread) -> None:
        """Store the result of the call that blocked as r0 of the stacked frame, through the heir's own map.

        Where that is refused the exception return will be, too, and raises the right fault.
        """
        if heir.result is None:
            return
        memory = self._kernel.port.memory
        word = memory.load(heir.sp + layouts.FRAME_EXC_RETURN, 4, heir.privileged)
        if not isinstance(word, Fault):
            frame = layouts.hardware_frame(heir.sp, int.from_bytes(word, "little"))
            if self._kernel.on_result is not None:
                self._tell_result(heir, frame, heir.result)
            memory.store(frame, (heir.result & WORD_MASK).to_bytes(4, "little"), heir.privileged)
        heir.result = None

    def _tell_result(self, heir: Thread, frame: int, result: int) -> None:
        """Tell of the result of the call that ``heir`` blocked in: its SVC's registers are in its frame."""
        *words, number = struct.unpack("<5I", self._kernel.port.memory.peek(frame, 20))
        call = calls.CALL_BY_NUMBER.get(number)
        if call is not None and self._kernel.on_result is not None:
            self._kernel.on_result(heir.id, call.name, tuple(words[: len(call.arguments)]), result & WORD_MASK)

    def _divert(self, heir: Thread) -> None:
        """Put a frame on the heir's stack when it is to restart, or one of the post-switch actions diverts it."""
        kernel = self._kernel
        arguments: tuple[int, ...] = ()
        if heir.deleting and not heir.posix.cancel_disabled:
            heir.posix.cancel_disabled = True  # once, and nothing disturbs its end
            entry, arguments = kernel.configuration["cancel_entry"], (0,)
        elif heir.restarting:
            heir.restarting = False
            entry, arguments = kernel.configuration["cancel_entry"], (1,)
        else:
            for action in self._actions:
                diverted_to = action(kernel, heir)
                if diverted_to is not None:
                    entry = kernel.configuration[diverted_to]
                    break
            else:
                return
        # The hardware's frame must be 8-byte aligned; the context above it stays as it is.
        hardware = align_down(heir.sp, 8) - BASIC_FRAME
        sp = hardware - layouts.FRAME_SIZE
        fault = kernel.port.memory.store(sp, first_frame(entry, arguments), heir.privileged)
        if fault is not None:
            kernel.port.raise_fault(fault, kernel.port.registers.pc - SVC_SIZE)
            return
        heir.sp = sp

    # -- contexts that end ---------------------------------------------------------------------------------------

    def abandon_context(self) -> None:
        """Let the executing thread go on where its ``sp`` points, not where it is now."""
        self._kernel.executing.context_abandoned = True
        self._kernel.port.pend_pendsv()

    def begin_again(self) -> None:
        """Let the executing thread begin as it did first."""
        self._begins_again = self._kernel.executing
        self.abandon_context()

    def end_later(self, thread: Thread) -> None:
        """Discard an ended thread once its stack is no longer in use: after the next switch."""
        if thread is self._kernel.executing:
            self._ended.append(thread)
        else:
            self._kernel.threads.discard(thread)

    def _discard_ended(self) -> None:
        ended, self._ended = self._ended, []
        for thread in ended:
            self._kernel.threads.discard(thread)
