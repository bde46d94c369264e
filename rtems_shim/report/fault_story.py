"""What RTEMS adds to the report of a run: threads, stacks and shares. Fulfils emulator.machine.story.Story.

It is asked after the run, so it describes the state in which the run ended. No state of its own.
"""

from __future__ import annotations

import re
import struct

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Registers
from emulator.armv7m.exception_entry import BASIC_FRAME, sp_before
from emulator.armv7m.faults import SVC_SIZE
from emulator.bits import WORD_MASK
from emulator.errors import GuestAccessError
from emulator.machine.fault_record import FaultRecord
from emulator.machine.stop import BudgetSpent, Deadlock, Interrupted, StopReason
from emulator.machine.story import LastSwitch, Place, RefusedArgument, ThreadState
from rtems_shim.abi import calls, layouts
from rtems_shim.abi.results import error_name
from rtems_shim.abi.signal_names import signal_name
from rtems_shim.abi.status import Status
from rtems_shim.core import fatal
from rtems_shim.core.stack_use import PATTERN, is_brimful, used
from rtems_shim.posix.signals import Signals
from rtems_shim.protection.policy import StackOwner
from rtems_shim.report.fatal_words import describe_fatal
from rtems_shim.report.fault_place import FaultPlace
from rtems_shim.report.waits import Waits

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread
    from rtems_shim.core.uses import Use

SVC_OPCODE = 0xDF00 | calls.TRAP_SVC
REMARKS_SHOWN = 4
OBJECT_CALLS = re.compile(r"(sem|pthread_(mutex|cond|barrier|rwlock|spin))_(?!init|destroy)")
"""Calls whose first argument is the address of the object, which they look into."""
JUST_BEFORE = 5_000
"""Instructions in front of the end of a run in which a call that only found nothing there may have led to it."""


class KernelStory:
    """The story of the run that ``kernel`` was in."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @property
    def personality(self) -> str:
        """RTEMS."""
        return "RTEMS"

    @property
    def subject(self) -> str:
        """The executing thread's name; without one its function and its id."""
        thread = self._kernel.executing
        return "the start-up code" if thread.id == 0 else thread.label

    def describe_end(self, reason: StopReason, caller: str = "") -> str | None:
        """Say how RTEMS ended the run, None where the reason itself says all."""
        if isinstance(reason, Deadlock):
            return Waits(self._kernel).deadlock()
        record = self._kernel.fatal_record
        if record is not None and record.signal:
            name = signal_name(record.signal)
            where = f", in {caller}" if caller else ""
            words = f"{name}, for which {self.subject} has no handler, ended the program with code {record.code}{where}"
            sent, asked = self._sent(record.signal), self._kernel.part(Signals).asked.get(record.signal)
            if asked is not None:
                return f"{words}; it was asked for {Waits(self._kernel).use(asked)}"
            return words if sent is None else f"{words}; it was sent {Waits(self._kernel).use(sent)}"
        if not isinstance(reason, fatal.FatalExit):
            return None
        if reason.source == fatal.Source.STACK_CHECKER and self._kernel.blown is not None:
            return self._blown(*self._kernel.blown)
        must_not = self._must_not_wait(reason)
        words = describe_fatal(self._kernel, reason, self.subject, caller if not must_not else "")
        return f"{must_not}: {words}" if must_not else words

    def _must_not_wait(self, reason: fatal.FatalExit) -> str:
        """Say which call had to wait where none may; '' where the end was another one."""
        call = self._kernel.fatal_call
        if call is None or reason.source != fatal.Source.CORE:
            return ""
        if reason.error == fatal.BAD_THREAD_DISPATCH_DISABLE_LEVEL:
            why = "which an interrupt handler or a timer's routine must not"
        elif call.thread.is_idle:
            why = "which the idle thread must not"
        else:
            why = "while PRIMASK, FAULTMASK or BASEPRI kept every other thread from running"
        return f"{Waits(self._kernel).call_words(call)} had to wait, {why}"

    def end_registers(self, reason: StopReason) -> Registers | None:
        """Return the context that a signal interrupted which ended the program, None for other ends."""
        thread, record = self._kernel.executing, self._kernel.fatal_record
        if record is None or not record.signal or not thread.posix.signal_frames:
            return None
        return self._context_at(thread.posix.signal_frames[-1].sp)

    def interrupted_by_signals(self) -> list[Registers]:
        """Return the contexts on the executing thread's stack that its signal handlers run on."""
        frames = self._kernel.executing.posix.signal_frames
        contexts = [self._context_at(frame.sp) for frame in reversed(frames)]
        return [context for context in contexts if context is not None]

    def ends_itself(self, reason: StopReason) -> bool:
        """Whether the thread that executed ended the run, and not a signal that it was sent."""
        record = self._kernel.fatal_record
        if record is None or not record.signal:
            return True
        return self._sent(record.signal) is None and record.signal not in self._kernel.part(Signals).asked

    def _sent(self, signal: int) -> Use | None:
        """Return the call by which another than the executing thread sent ``signal`` last, None where none did."""
        sent = self._kernel.part(Signals).senders.get(signal)
        is_own = sent is None or (sent.thread is self._kernel.executing and not sent.from_interrupt)
        return None if is_own else sent

    def _blown(self, thread: Thread, pattern_ok: bool, sp: int) -> str:
        base, end = thread.stack_base, thread.stack_base + thread.stack_size
        words = f"The stack of {thread.label} overflowed: the stack checker found, at a switch,"
        if not pattern_ok:
            pattern = f"0x{base:08x}..0x{base + len(PATTERN) - 1:08x}"
            words += f" that the pattern at its lowest bytes, {pattern}, is overwritten"
        if not base <= sp <= end:
            words += " and" if not pattern_ok else " that"
            words += f" the stack pointer, 0x{sp:08x}, is outside of 0x{base:08x}..0x{end - 1:08x}"
        return words

    def details(self, reason: StopReason) -> list[str]:
        """Name a priority inversion, and threads that wait for each other, where a run was cut short."""
        if not isinstance(reason, BudgetSpent | Interrupted):
            return []
        waits = Waits(self._kernel)
        circle = waits.circle()
        why = [waits.inversion(), f"Deadlock: {waits.circle_words(circle)}" if circle else None]
        return [f"{words}." for words in why if words is not None]

    def remarks(self) -> list[str]:
        """Name stacks that were left or used up, the first priority inversions, and the first calls that failed."""
        if not self._kernel.booted:
            return []
        waits = Waits(self._kernel)
        outside = [words for words in map(self._outside, self._kernel.threads.all()) if words]
        inversions = [waits.past_inversion(inversion) for inversion in self._kernel.inversions.all()[:REMARKS_SHOWN]]
        refused = [words for words in map(waits.refusal, self._kernel.refusals.all()) if words][:REMARKS_SHOWN]
        last = self._kernel.refusals.expected
        is_near = last is not None and self._kernel.now - last.use.time <= JUST_BEFORE
        if last is not None and is_near and last.use.thread is self._kernel.executing:
            refused.append(waits.refusal(last))
        return [*outside, *self._brimful(), *inversions, *refused, *self._clock()]

    def _clock(self) -> list[str]:
        """Say why nobody's time comes, where somebody waits for it."""
        time = self._kernel.time
        if time.runs or not time.is_waited_for:
            return []
        return ["no tick ever comes: the program has CONFIGURE_APPLICATION_DOES_NOT_NEED_CLOCK_DRIVER"]

    def _brimful(self) -> list[str]:
        """Name the threads whose stacks were used down to the lowest word."""
        threads = [thread for thread in self._kernel.threads.all() if thread.alive]
        inside = [thread for thread in threads if thread.lowest_sp >= thread.stack_base]
        full = [(thread.label, thread.stack_base) for thread in inside if is_brimful(self._kernel, thread)]
        return [
            f"the stack of {name} was used down to its lowest word, 0x{base:08x}: it overflowed, or has just sufficed"
            for name, base in [*self._kernel.brimful, *full]
        ]

    def _outside(self, thread: Thread) -> str:
        """Say that the stack pointer of ``thread`` has been below its stack at a switch; '' where it has not."""
        below = thread.stack_base - thread.lowest_sp
        if below <= 0 or thread.lowest_sp == 0:
            return ""
        return f"the stack pointer of {thread.label} was {below:,} bytes below its stack when it was switched out"

    def kernel_call(self, record: FaultRecord) -> str | None:
        """Return the C name of the call whose copy was refused at its SVC."""
        try:
            opcode = int.from_bytes(self._kernel.port.memory.peek(record.pc, SVC_SIZE), "little")
        except GuestAccessError:
            return None
        call = calls.CALL_BY_NUMBER.get(record.registers.r[12])
        return call.name if opcode == SVC_OPCODE and call is not None else None

    def argument_count(self, call: int) -> int:
        """Return how many registers from R0 on the call with that number gets, four at the most."""
        found = calls.CALL_BY_NUMBER.get(call)
        return 0 if found is None else min(4, len(found.arguments) + found.arguments.count("l"))

    def call_name(self, call: int) -> str:
        """Return the C name of the call with that number, '' where there is none."""
        found = calls.CALL_BY_NUMBER.get(call)
        return "" if found is None else found.name

    def result_name(self, call: int, result: int) -> str:
        """Return the name of a status or an error number."""
        found = calls.CALL_BY_NUMBER.get(call)
        return "" if found is None or not result else error_name(found, result) or ""

    def blamed_argument(self, call: int, result: int) -> tuple[int, str] | None:
        """Return the register of the id that a call of the Classic API was given and found to be none."""
        name = self.call_name(call)
        if result != Status.INVALID_ID or not name.startswith("rtems_"):
            return None
        return 0, f"the id that {name} was given"

    def refused_argument(self) -> RefusedArgument | None:
        """Return the first call that found its first argument to be no object: EINVAL, or RTEMS_INVALID_ID."""
        for one in self._kernel.refusals.all():
            call = one.use.call
            is_object = one.error == "EINVAL" and OBJECT_CALLS.match(call.name) is not None
            if one.argument and (is_object or one.error == "RTEMS_INVALID_ID"):
                return RefusedArgument(one.use.time, call.number, call.name, one.argument, is_object)
        return None

    def refused_block(self, reason: StopReason) -> int | None:
        """Return the block that free() was given and found to be none."""
        if not isinstance(reason, fatal.FatalExit) or reason.source != fatal.Source.INVALID_HEAP_FREE:
            return None
        return reason.error & WORD_MASK

    def region_labels(self) -> dict[int, str]:
        """Return what each MPU region stands for now."""
        return self._kernel.protection.region_labels() if self._kernel.booted else {}

    def last_switch(self) -> LastSwitch | None:
        """Return the last switch."""
        last = self._kernel.switcher.last
        if last is None:
            return None
        outgoing = self._thread(last.outgoing)
        if last.outgoing == 0:
            return LastSwitch(last.time, "the start-up code", "", self._name(last.heir))
        state = "has ended" if outgoing is None else outgoing.describe_state()
        return LastSwitch(last.time, self._name(last.outgoing), state, self._name(last.heir))

    def threads(self) -> list[ThreadState]:
        """Return the threads that exist, the idle thread last."""
        if not self._kernel.booted:
            return []
        threads = sorted(self._kernel.threads.all(), key=lambda thread: (thread.is_idle, thread.slot))
        waits = Waits(self._kernel)
        return [self._state(thread, waits) for thread in threads]

    def _thread(self, identifier: int) -> Thread | None:
        threads = self._kernel.threads.all() if self._kernel.booted else []
        return next((thread for thread in threads if thread.id == identifier), None)

    def _name(self, identifier: int) -> str:
        thread = self._thread(identifier)
        if thread is not None:
            return thread.label
        owners = [stack.owner for stack in self._kernel.protection.policy.stacks if stack.owner.id == identifier]
        return owners[0].label if owners else f"0x{identifier:08x}"

    def _state(self, thread: Thread, waits: Waits) -> ThreadState:
        executing = thread is self._kernel.executing
        registers = self.saved_registers(thread) if thread.started and thread.alive and not executing else None
        state = "is executing" if executing and thread.alive else thread.describe_state()
        return ThreadState(
            thread.id,
            thread.label,
            state,
            thread.stack_base,
            thread.stack_size,
            executing,
            registers,
            thread.priority,
            waits.lines(thread),
            waits.facts(thread),
            used(self._kernel, thread),
        )

    def saved_registers(self, thread: Thread) -> Registers | None:
        """Return the context that PendSV saved at ``thread.sp``, None where there is no memory."""
        return self._context_at(thread.sp)

    def _context_at(self, sp: int) -> Registers | None:
        memory = self._kernel.port.memory
        try:
            saved = struct.unpack("<9I", memory.peek(sp, layouts.FRAME_SIZE))
            frame = layouts.hardware_frame(sp, saved[8])
            words = struct.unpack("<8I", memory.peek(frame, BASIC_FRAME))
        except GuestAccessError:
            return None
        registers = Registers()
        registers.r = [*words[:4], *saved[:8], words[4]]
        registers.lr, registers.pc, registers.xpsr = words[5], words[6] & ~1, words[7] & ~0x1FF
        registers.control = 2  # Thread mode on PSP
        registers.sp = sp_before(frame, saved[8], words[7])
        return registers

    def place(self, address: int, record: FaultRecord) -> Place | None:
        """Describe the stack, or the memory, that holds ``address``."""
        if not self._kernel.booted:
            return None
        copies = self.kernel_call(record) is not None
        return FaultPlace(self._kernel, record, address, copies, self.stack_pointer).describe()

    def stack_pointer(self, owner: StackOwner) -> int | None:
        """Return the stack pointer of a thread that is not executing, None when it never ran."""
        thread = self._thread(owner.id)
        if thread is not owner or thread is None or not thread.started:
            return None
        registers = self.saved_registers(thread)
        return thread.sp if registers is None else registers.sp
