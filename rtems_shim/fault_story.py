"""What RTEMS adds to the report of a run: threads, stacks and shares. Fulfils emulator.machine.story.Story.

It is asked after the run, so it describes the state in which the run ended. No state of its own.
"""

from __future__ import annotations

import struct

from emulator.annotations import TYPE_CHECKING, Any
from emulator.armv7m.core import XPSR_ALIGN, Registers
from emulator.armv7m.faults import Access
from emulator.armv7m.mpu_explain import describe_size
from emulator.errors import GuestAccessError
from emulator.machine.fault_record import FaultRecord
from emulator.machine.stop import StopReason
from emulator.machine.story import LastSwitch, Place, ThreadState
from emulator.records import field_names
from rtems_shim import abi, fatal, layouts
from rtems_shim.dispatch import SVC_SIZE
from rtems_shim.fatal_report import SOURCES
from rtems_shim.policy import WRITE, Area, Stack, StackOwner, describe_rights, owner_name
from rtems_shim.stack_report import ShareRecord, share_records

if TYPE_CHECKING:
    from rtems_shim.kernel import Kernel
    from rtems_shim.thread import Thread

SVC_OPCODE = 0xDF00 | abi.TRAP_SVC
BASIC_FRAME = 0x20
EXTENDED_FRAME = 0x68
LONGEST_PUSH = 256
"""Bytes below the stack pointer that one instruction, or the stacking of an exception, reaches at most."""
SHOWN_SHARES = 8
"""Shares of one stack that people see; programs get all that are kept."""
_NO_STACK: dict[str, Any] = {"stack": None, "remedy": []}


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
        """The executing thread's name; without one its id and its function."""
        thread = self._kernel.executing
        if thread.id == 0:
            return "the start-up code"
        if thread.name:
            return thread.name
        return f"{thread.label} ({self._kernel.port.image.symbols.describe(thread.entry & ~1)})"

    def describe_end(self, reason: StopReason) -> str | None:
        """Say how RTEMS ended the run, None where the reason itself says all."""
        if not isinstance(reason, fatal.FatalExit):
            return None
        source = f"{reason.source} ({SOURCES.get(reason.source, 'unknown')})"
        return f"RTEMS ended with a fatal error in {self.subject}: source {source}, code 0x{reason.error:x}"

    def kernel_call(self, record: FaultRecord) -> str | None:
        """Return the C name of the call whose copy was refused at its SVC."""
        try:
            opcode = int.from_bytes(self._kernel.port.memory.peek(record.pc, SVC_SIZE), "little")
        except GuestAccessError:
            return None
        call = abi.CALL_BY_NUMBER.get(record.registers.r[12])
        return call.name if opcode == SVC_OPCODE and call is not None else None

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
        return [self._state(thread) for thread in threads]

    def _thread(self, identifier: int) -> Thread | None:
        threads = self._kernel.threads.all() if self._kernel.booted else []
        return next((thread for thread in threads if thread.id == identifier), None)

    def _name(self, identifier: int) -> str:
        thread = self._thread(identifier)
        if thread is not None:
            return thread.label
        owners = [stack.owner for stack in self._kernel.protection.policy.stacks if stack.owner.id == identifier]
        return owner_name(owners[0]) if owners else f"0x{identifier:08x}"

    def _state(self, thread: Thread) -> ThreadState:
        executing = thread is self._kernel.executing
        registers = self._saved_registers(thread) if thread.started and thread.alive and not executing else None
        state = "is executing" if executing and thread.alive else thread.describe_state()
        return ThreadState(
            thread.id, thread.label, state, thread.stack_base, thread.stack_size, executing, registers
        )  # fmt: skip

    def _saved_registers(self, thread: Thread) -> Registers | None:
        """Return the context that PendSV saved at ``thread.sp``, None where there is no memory."""
        memory = self._kernel.port.memory
        try:
            saved = struct.unpack("<9I", memory.peek(thread.sp, layouts.FRAME_SIZE))
            frame = layouts.hardware_frame(thread.sp, saved[8])
            words = struct.unpack("<8I", memory.peek(frame, BASIC_FRAME))
        except GuestAccessError:
            return None
        registers = Registers()
        registers.r = [*words[:4], *saved[:8], words[4]]
        registers.lr, registers.pc, registers.xpsr = words[5], words[6] & ~1, words[7] & ~0x1FF
        size = BASIC_FRAME if saved[8] & layouts.EXC_RETURN_BASIC else EXTENDED_FRAME
        registers.control = 2  # Thread mode on PSP
        registers.sp = frame + size + (4 if words[7] & XPSR_ALIGN else 0)
        return registers

    # -- where it was ----------------------------------------------------------------------------------------------

    def place(self, address: int, record: FaultRecord) -> Place | None:
        """Describe the stack, or the memory, that holds ``address``."""
        access = record.fault.access
        if not self._kernel.booted:
            return None
        policy = self._kernel.protection.policy
        stack = policy.stack_at(address)
        if stack is not None:
            return self._in_stack(stack, address, record)
        overflow = self._overflow(address, record)
        if any(start <= address < end for start, end in policy.closed):
            words = overflow or f"0x{address:08x} in the stack arena, where no stack is"
            return Place(words, "stack arena, in no thread's stack", (), _NO_STACK)
        area = policy.area_at(address)
        if area is None:
            return None
        words = overflow or f"0x{address:08x} in {_area_words(area, access)}"
        return Place(words, area.label, (), _NO_STACK)

    def _overflow(self, address: int, record: FaultRecord) -> str:
        """Say that the executing thread's stack overflowed, '' where that is not what happened.

        It is an overflow when the address is below the stack and the stack pointer is there too, or is about to be.
        """
        accessor = self._kernel.protection.executing
        own = None if accessor is None else self._kernel.protection.policy.stack_of(accessor)
        if own is None or accessor is None or record.registers.ipsr or address >= own.start:
            return ""
        if record.registers.psp >= own.start and record.registers.psp - address > LONGEST_PUSH:
            return ""
        stack = self._kernel.protection.policy.stack_at(address)
        where = f"the stack of {owner_name(stack.owner)}" if stack else f"0x{address:08x}"
        below = f"{own.start - address} byte{'s' * (own.start - address != 1)} below its own"
        return f"{where}, {below}{'' if stack else ' stack'}: {owner_name(accessor)} overflowed its stack"

    def _in_stack(self, stack: Stack, address: int, record: FaultRecord) -> Place:
        kernel, access = self._kernel, record.fault.access
        accessor = kernel.protection.executing
        shares = share_records(kernel.protection.history, stack)
        overflow = self._overflow(address, record)
        words = overflow or _stack_words(stack, access, accessor, shares)
        lines: list[str] = []
        if stack.ended_at is not None:
            lines.append(f"{owner_name(stack.owner)} ended at {stack.ended_at:,}; its stack stays protected")
        if len(shares) > SHOWN_SHARES:
            lines.append(f"{len(shares) - SHOWN_SHARES:,} earlier shares are left out")
        lines += [line for share in shares[-SHOWN_SHARES:] for line in self._share_lines(share)]
        if not shares and stack.owner is not accessor:
            lines.append("shared with nobody, ever")
        remedy = [] if overflow else self._remedy(stack, access, accessor)
        if remedy:
            lines += [f"to allow this: {remedy[0]}", *(f"{'':15}{line}" for line in remedy[1:])]
        facts = {
            "stack": {
                "owner": {"id": _hex(stack.owner.id), "name": owner_name(stack.owner)},
                "base": _hex(stack.start),
                "size": stack.size,
                "offset": address - stack.start,
                "ended_at": stack.ended_at,
                "rights": describe_rights(stack.rights_of(accessor)),
                "shares": [self._share_facts(record) for record in shares],
            },
            "remedy": remedy,
        }
        title = (
            f"stack of {owner_name(stack.owner)}, offset {address - stack.start} of {stack.size} "
            f"({describe_size(stack.size)}, 0x{stack.start:08x}..0x{stack.end - 1:08x})"
        )
        return Place(words, title, tuple(lines), facts)

    def _share_lines(self, record: ShareRecord) -> list[str]:
        """Say of a share what it allows, who made it where, and who ended it."""
        made = self._call(record.made_via, record.made_by, record.made_pc)
        lines = [f"shared {record.rights} with {record.target_name} at {record.made_at:,}: {made}"]
        if record.removed_at is not None:
            ended = self._call(record.removed_via, record.removed_by, record.removed_pc)
            lines.append(f"  ended at {record.removed_at:,}: {ended}")
        return lines

    def _call(self, via: str, by: str, pc: int) -> str:
        if not by:
            return via
        return f"{via} by {by}, {self._where(pc)}" if pc else f"{via} by {by}"

    def _where(self, pc: int) -> str:
        image = self._kernel.port.image
        line = image.source_line(pc - 2)
        return str(line) if line is not None else image.symbols.describe(pc - 2)

    def _share_facts(self, record: ShareRecord) -> dict[str, Any]:
        facts: dict[str, Any] = {name: getattr(record, name) for name in field_names(record)}
        facts["target"] = _hex(record.target)
        for name in ("made", "removed"):
            pc = facts[f"{name}_pc"]
            facts[f"{name}_pc"] = _hex(pc) if pc else None
            facts[f"{name}_where"] = self._where(pc) if pc else None
        return facts

    def _remedy(self, stack: Stack, access: Access | None, accessor: StackOwner | None) -> list[str]:
        """Say how the program could be allowed what it tried; empty where nothing allows it."""
        if accessor is None or accessor is stack.owner or access is Access.FETCH:
            return []
        if stack.ended_at is not None:
            return [f"rtems_stack_release((void *) 0x{stack.start:08x}) gives an ended thread's stack back"]
        own = self._kernel.protection.policy.stack_of(accessor)
        target = "NULL" if own is None else f"0x{own.start:08x}"
        rights = "PROT_READ" if access is Access.READ else "PROT_READ | PROT_WRITE"
        ids = ", ".join(f"0x{thread.id:08x} /* {owner_name(thread)} */" for thread in (accessor, stack.owner))
        return [
            f"rtems_share_stack({ids}, {rights}), or by hand",
            f'shm_open("/taskfs/{owner_name(stack.owner)}", ...), ftruncate(fd, {stack.size}), '
            f"mmap({target}, {stack.size}, {rights}, MAP_SHARED, fd, 0)",
        ]


def _stack_words(
    stack: Stack, access: Access | None, accessor: StackOwner | None, shares: list[ShareRecord]
) -> str:
    """Complete "tried to write 4 bytes to ..."."""
    name = owner_name(stack.owner)
    if accessor is None:
        return f"the stack of {name} before any thread ran"
    who = owner_name(accessor)
    if access is Access.FETCH:
        return f"{'its own stack' if stack.owner is accessor else f'the stack of {name}'}: stacks are never executable"
    if stack.owner is accessor:
        return f"its own stack, after {name} ended"
    if stack.ended_at is not None:
        return f"the stack of {name}, which stays protected after {name} has ended"
    if stack.rights_of(accessor):
        return f"the stack of {name}, which {who} may only read"
    own = [record for record in shares if record.target == accessor.id]
    if own and own[-1].removed_at is not None:
        return f"the stack of {name}, which {who} could use until {own[-1].removed_at:,}: the share was taken away"
    others = sorted({record.target_name for record in shares if record.removed_at is None})
    if others:
        return f"the stack of {name}, which is shared with {' and '.join(others)} but not with {who}"
    return f"the stack of {name}, which is not shared with {who}"


def _area_words(area: Area, access: Access | None) -> str:
    if access is Access.FETCH:
        return f"{area.label}, which is not executable"
    if access is Access.WRITE and not area.rights & WRITE:
        return f"{area.label}, which is read-only"
    if area.privileged_only:
        return f"{area.label}, which only privileged code may use"
    return area.label


def _hex(value: int) -> str:
    return f"0x{value:08x}"
