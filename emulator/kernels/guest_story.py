"""What the kernel inside an image adds to the report of a run. Fulfils emulator.machine.story.Story.

It is asked after the run, so it describes the state in which the run ended. No state of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from emulator.annotations import TYPE_CHECKING, Any
from emulator.armv7m.core import Registers
from emulator.armv7m.faults import Access, ExceptionNumber
from emulator.armv7m.mpu_explain import describe_size
from emulator.kernels.guest_data import GuestData
from emulator.kernels.kernel import READY, GuestKernel, KernelThread, Stack
from emulator.kernels.stack_use import used
from emulator.machine.fault_record import FaultRecord
from emulator.machine.stop import Asleep, BudgetSpent, Interrupted, Spinning, StopReason
from emulator.machine.story import LastSwitch, Place, ThreadState

if TYPE_CHECKING:
    from emulator.engine.switch_watch import SwitchWatch

NEAR = 256
"""Bytes below a stack in which an access is an overflow of it, where the stack pointer says so, too."""
_LONGEST_CIRCLE = 64


class GuestStory:
    """The story of the run that ended with the machine as it is, of which ``registers`` are the live ones.

    ``ended``: threads that are no more, and whose stacks are closed to everybody. ``has_restarted``: the processor was
    reset, so that the kernel's data is that of the time before until the first thread runs.
    """

    def __init__(
        self, kernel: GuestKernel, data: GuestData, registers: Registers, switches: SwitchWatch | None,
        ended: Sequence[KernelThread] = (), *, has_restarted: bool = False,
    ) -> None:  # fmt: skip
        self._has_restarted = has_restarted
        self._ended = ended
        self._switches = switches
        self._kernel = kernel
        self._data = data
        self._registers = registers

    @property
    def personality(self) -> str:
        """The kernel's name."""
        return self._kernel.name

    @property
    def subject(self) -> str:
        """The running thread's name."""
        thread = self._running
        if thread is not None:
            return thread.name
        if not self._threads:  # what the word of the running thread leads to may have been overwritten
            return (
                "an unknown thread" if self._registers.control & 2 and self._kernel.running() else "the start-up code"
            )
        return "the kernel"

    @cached_property
    def _threads(self) -> list[KernelThread]:
        return [] if self._is_old else self._kernel.threads()

    @property
    def _is_old(self) -> bool:
        """Whether the kernel's data is that of the time before a reset: all kernels run threads on PSP, which is 0."""
        return self._has_restarted and not self._registers.psp

    @cached_property
    def _running(self) -> KernelThread | None:
        running = self._kernel.running()
        return next((thread for thread in self._threads if thread.id == running), None)

    def describe_end(self, reason: StopReason, caller: str = "") -> str | None:
        """Return None: the kernel did not end the run."""
        return None

    def details(self, reason: StopReason) -> list[str]:
        """Name threads that wait for each other, where the run was cut short or nothing happens any more."""
        is_idle = self._running is not None and self._running.is_idle
        if not isinstance(reason, BudgetSpent | Interrupted | Asleep | Spinning):
            return []
        if isinstance(reason, Spinning) and (not is_idle or self._registers.ipsr):
            return []
        circle = self._circle()
        if circle:
            return [f"Deadlock: {'; '.join(f'{thread.name} {self._waits(thread)}' for thread in circle)}."]
        others = [thread for thread in self._threads if not thread.is_idle]
        if not others or any(thread.state == READY for thread in others):
            return []
        if self._running is not None:
            return ["No other thread is ready."] if is_idle else []
        return ["No thread is ready."] if self._registers.ipsr == ExceptionNumber.PENDSV else []

    def _circle(self) -> list[KernelThread]:
        """Return the first circle of threads, each before the one that has what it waits for; [] for none."""
        threads = {thread.id: thread for thread in self._threads}
        for first in self._threads:
            path: list[KernelThread] = []
            thread = first
            while len(path) < _LONGEST_CIRCLE and thread.owner in threads:
                path.append(thread)
                thread = threads[thread.owner]
                if thread is first:
                    return path
        return []

    def remarks(self) -> list[str]:
        """Name the stacks that were used down to their lowest word, and those that were left."""
        found = []
        for thread in self._threads:
            stack, saved = thread.stack, thread.registers
            if stack is None or saved is None:
                continue
            if not any(one.base <= saved.sp <= one.end for one in (stack, *thread.other_stacks)):
                below = stack.base - saved.sp
                where = f"{below:,} bytes below" if below > 0 else "outside of"
                found.append(f"the stack pointer of {thread.name} was {where} its stack when it was switched out")
        return found

    def end_registers(self, reason: StopReason) -> Registers | None:
        """Return None: the core's are what the end is about."""
        return None

    def interrupted_by_signals(self) -> list[Registers]:
        """Return nothing: signals of other kernels are not known."""
        return []

    def kernel_call(self, record: FaultRecord) -> str | None:
        """Return None: the kernel's instructions fault as the program's do."""
        return None

    def region_labels(self) -> dict[int, str]:
        """Return none: what its regions are for the kernel does not say."""
        return {}

    def last_switch(self) -> LastSwitch | None:
        """Return the last switch; None where there was none, or nobody watched."""
        if self._switches is None or not self._switches.count:
            return None
        last = self._switches.last
        outgoing = next((thread for thread in self._threads if thread.id == last.outgoing), None)
        if not last.outgoing:
            return LastSwitch(last.time, "no thread", "", self._known_as(last.heir))
        state = "has ended" if outgoing is None else outgoing.state
        return LastSwitch(last.time, self._known_as(last.outgoing), state, self._known_as(last.heir))

    def _known_as(self, identifier: int) -> str:
        return self._name(identifier) if identifier else "no thread"

    def threads(self) -> list[ThreadState]:
        """Return the threads that exist, the idle threads last."""
        return [self._state(thread) for thread in self._threads]

    def _state(self, thread: KernelThread) -> ThreadState:
        is_running = thread is self._running
        stack = thread.stack or Stack(thread.stack_base or 0, 0)
        wait = None
        if thread.waits_for is not None:
            owner = None if thread.owner is None else self._name(thread.owner)
            wait = {"object": f"0x{thread.waits_for:08x}", "name": thread.object_name, "owner": owner, "where": None}
        return ThreadState(
            thread.id, thread.name, self._waits(thread), stack.base, stack.size, is_running, thread.registers,
            thread.priority, (), wait, used(self._kernel, thread, self._data, self._live_sp(thread)),
            thread.is_idle, None if thread.owner is None else thread.owner_word, thread.wait_key,
        )  # fmt: skip

    def _waits(self, thread: KernelThread) -> str:
        """Return the state of a thread, with who has what it waits for: not where it is that one's end."""
        if thread.owner is None or thread.owner == thread.waits_for:
            return thread.state
        holder = next((other.name for other in self._threads if other.id == thread.owner), "a thread that is no more")
        return f"{thread.state}, which {holder} has"

    def _live_sp(self, thread: KernelThread) -> int | None:
        return self._registers.psp if thread is self._running else None

    def _name(self, identifier: int) -> str:
        known = next((thread.name for thread in self._threads if thread.id == identifier), "")
        return known or self._data.describe(identifier) or f"0x{identifier:08x}"

    # -- places --------------------------------------------------------------------------------------------------------

    def argument_count(self, call: int) -> int:
        """Return 0: the kernel is a part of the program, and its calls are functions."""
        return 0

    def call_name(self, call: int) -> str:
        """Return '': as ``argument_count``."""
        return ""

    def blamed_argument(self, call: int, result: int) -> tuple[int, str] | None:
        """Return None: as ``argument_count``."""
        return None

    def ends_itself(self, reason: StopReason) -> bool:
        """Return True: a signal is the kernel's own matter."""
        return True

    def result_name(self, call: int, result: int) -> str:
        """Return '': what the kernel in the image answers is not known."""
        return ""

    def refused_argument(self) -> None:
        """Return None: what the kernel in the image answers is not known."""

    def refused_block(self, reason: StopReason) -> int | None:
        """Return None: the heap is a part of the program."""
        return None

    def place(self, address: int, record: FaultRecord) -> Place | None:
        """Describe the stack that holds ``address``, or that was left there."""
        for thread in self._ended:
            if thread.stack is not None and thread.stack.holds(address):
                return self._in_stack(thread, thread.stack, address, record, has_ended=True)
        for thread in self._threads:
            if thread.stack is not None and thread.stack.holds(address):
                return self._in_stack(thread, thread.stack, address, record)
        for stack in self._kernel.interrupt_stacks():
            if stack.holds(address):
                return Place("the stack of interrupts", _title("interrupts", stack, address), (), _NO_STACK)
        overflow = self._overflow(address, record)
        return Place(f"0x{address:08x}, {overflow}", "in no thread's stack", (), _NO_STACK) if overflow else None

    def _in_stack(
        self, thread: KernelThread, stack: Stack, address: int, record: FaultRecord, has_ended: bool = False
    ) -> Place:
        own = self._running
        is_own = thread is own and not record.registers.ipsr
        words = "its own stack" if is_own else f"the stack of {thread.name}"
        if not is_own and (overflow := self._overflow(address, record)):
            words += f", {overflow}"
        lines = () if thread is own else (f"{thread.name} {thread.state}",)
        if has_ended:
            words += f", which stays protected after {thread.name} has ended"
            lines = (f"{thread.name} has ended; its stack stays protected",)
        facts: dict[str, Any] = {
            "stack": {
                "owner": {"id": f"0x{thread.id:08x}", "name": thread.name},
                "base": f"0x{stack.base:08x}",
                "size": stack.size,
                "offset": address - stack.base,
                "ended_at": None,
                "rights": None,
                "shares": [],
            },
            "remedy": [],
            "remedies": [],
            "no_share": None,
            "copy": None,
        }
        return Place(words, _title(thread.name, stack, address), lines, facts)

    def _overflow(self, address: int, record: FaultRecord) -> str:
        """Say that the running thread's stack overflowed: the address and the stack pointer are right below it."""
        own = self._running
        if own is None or own.stack_base is None or record.registers.ipsr or record.fault.access is Access.FETCH:
            return ""
        distance = own.stack_base - address
        if distance <= 0 or record.registers.psp - NEAR > address or record.registers.psp - own.stack_base > NEAR:
            return ""
        return f"{distance} bytes below its own stack: {own.name} overflowed its stack"


_NO_STACK: dict[str, Any] = {"stack": None, "remedy": [], "remedies": [], "no_share": None, "copy": None}


def _title(name: str, stack: Stack, address: int) -> str:
    return (
        f"stack of {name}, offset {address - stack.base} of {stack.size} "
        f"({describe_size(stack.size)}, 0x{stack.base:08x}..0x{stack.end - 1:08x})"
    )
