"""Where a refused access went: whose stack that is, how it came about, and what would allow it.

It is asked after the run, so it describes the state in which the run ended. No state of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING, Any
from emulator.armv7m.faults import Access
from emulator.armv7m.mpu_explain import describe_size
from emulator.errors import GuestAccessError
from emulator.machine.fault_record import FaultRecord
from emulator.machine.story import Place
from emulator.records import field_names
from rtems_shim.protection.policy import WRITE, Area, Stack, StackOwner, describe_rights, owner_name
from rtems_shim.protection.share_events import StackReleased
from rtems_shim.protection.stack_report import ShareRecord, former_share, share_records
from rtems_shim.report.access_history import SHARING_CALLS
from rtems_shim.report.advice import Advice, advise, lines_of
from rtems_shim.report.overrun import ADJACENT, FUNCTION_LIMIT, calls_begin_in, comes_from
from rtems_shim.report.waits import Waits

if TYPE_CHECKING:
    from rtems_shim.core.kernel import Kernel
    from rtems_shim.core.thread import Thread
    from rtems_shim.core.wait_results import RefusedCopy

LONGEST_PUSH = 256
"""Bytes below the stack pointer that one instruction, or the stacking of an exception, reaches at most."""
SHOWN_OTHERS = 2
"""Shares of other stacks of which a place tells."""
SHOWN_REFUSALS = 2
"""Calls for shares that failed of which a place tells; all are among the report's last lines."""
SHOWN_SHARES = 8
"""Shares of one stack that people see; programs get all that are kept."""
_NO_STACK: dict[str, Any] = {"stack": None, "remedy": [], "remedies": [], "no_share": None, "copy": None}


class FaultPlace:
    """The byte at ``address``, where the access of ``record`` was refused. The kernel must have booted.

    ``copies`` says that the kernel made the access; ``stack_pointer`` returns that of a thread that is not executing,
    None when it never ran.
    """

    def __init__(
        self,
        kernel: Kernel,
        record: FaultRecord,
        address: int,
        copies: bool,
        stack_pointer: Callable[[StackOwner], int | None],
    ) -> None:
        self._kernel = kernel
        self._record = record
        self._address = address
        self._copies = copies
        self._stack_pointer = stack_pointer
        self._policy = kernel.protection.policy
        self._accessor = kernel.protection.executing
        self._own = None if self._accessor is None else self._policy.stack_of(self._accessor)

    def describe(self) -> Place | None:
        """Return what is known of the place, None when nothing is."""
        address = self._address
        stack = self._policy.stack_at(address)
        if stack is not None:
            return self._in_stack(stack)
        if any(start <= address < end for start, end in self._policy.closed):
            stray = self._overflow(None) or self._overrun(None)
            words = stray or f"0x{address:08x} in the stack arena, {self._former_stack()}"
            return Place(words, "stack arena, in no thread's stack", (), _NO_STACK)
        area = self._policy.area_at(address)
        if area is None:
            return None
        words = self._overflow(None) or f"0x{address:08x} in {_area_words(area, self._record.fault.access)}"
        return Place(words, area.label, (), _NO_STACK)

    # -- pointers that went astray ---------------------------------------------------------------------------------

    def _overflow(self, stack: Stack | None) -> str:
        """Say that the executing thread's stack overflowed, '' where that is not what happened.

        It is an overflow when the address is below the stack and the stack pointer is there too, or is about to be.
        ``stack`` is the one at the address.
        """
        own, psp = self._own, self._record.registers.psp
        if own is None or self._record.registers.ipsr:
            return ""
        if stack is not None and not own.start <= psp <= own.end and self._is_on(stack):
            return f"the stack of {stack.owner.label}, to which its stack pointer was moved"
        if self._address >= own.start or (psp >= own.start and psp - self._address > LONGEST_PUSH):
            return ""
        return f"{self._beside(own, stack)}: {own.owner.label} overflowed its stack"

    def _is_on(self, stack: Stack) -> bool:
        """Whether the executing thread went on in the calls of the owner of ``stack``, as by a longjmp() there."""
        port, registers = self._kernel.port, self._record.registers
        inside = range(stack.start, stack.end)
        return registers.psp in inside and calls_begin_in(port.image, port.memory.peek, registers, inside)

    def _overrun(self, stack: Stack | None) -> str:
        """Say that a pointer left the accessor's own stack, '' where that is not known."""
        own = self._own
        if own is None or self._record.registers.ipsr or own.start <= self._address < own.end:
            return ""
        if self._comes_from(own):
            return f"{self._beside(own, stack)}: {own.owner.label} overran its stack from a pointer into it"
        return self._beside(own, stack) if own.end <= self._address < own.end + ADJACENT else ""

    def _beside(self, own: Stack, stack: Stack | None) -> str:
        """Return ``the stack of 0x01, 40 bytes below its own``."""
        where = f"the stack of {stack.owner.label}" if stack else f"0x{self._address:08x}"
        below = self._address < own.start
        distance = own.start - self._address if below else self._address - own.end
        far = f"{distance} byte{'s' * (distance != 1)}" if distance else "right"
        return f"{where}, {far} {'below' if below else 'past the end of'} its own{'' if stack else ' stack'}"

    def _comes_from(self, own: Stack) -> bool:
        """Whether the instruction computed its address from a pointer into ``own``."""
        if self._copies:
            return False
        record = self._record
        start, code = self._function(record.pc)
        return comes_from(code, start, record.pc, record.registers, (own.start, own.end))

    def _function(self, pc: int) -> tuple[int, bytes]:
        """Return the address and the code of the function at ``pc``; where it is not known, of the instruction."""
        port = self._kernel.port
        function = port.image.symbols.find(pc)
        spans = [(pc, 4), (pc, 2)]
        if function is not None and 0 < function.size <= FUNCTION_LIMIT:
            spans.insert(0, (function.address & ~1, function.size))
        for start, size in spans:
            try:
                return start, port.memory.peek(start, size)
            except GuestAccessError:
                continue
        return pc, b""

    def _former_stack(self) -> str:
        """Say whose stack was at an address of the arena last, as far as the history goes."""
        for change in reversed(self._kernel.protection.history):
            if isinstance(change, StackReleased) and change.base <= self._address < change.base + change.size:
                former = self._kernel.protection.former_owners.get(change.base)
                is_known = former is not None and former.id == change.owner
                owner = former.label if former is not None and is_known else self._known_as(change.owner_name)
                return f"where the stack of {owner} was until {change.time:,}: that thread is gone"
        return "where no stack is"

    # -- stacks ----------------------------------------------------------------------------------------------------

    def _in_stack(self, stack: Stack) -> Place:
        address, access, accessor = self._address, self._record.fault.access, self._accessor
        shares = share_records(self._kernel.protection.history, stack)
        name = stack.owner.label
        stray = self._overflow(stack) or self._overrun(stack)
        advice, copy = self._advice(stack, bool(stray)), self._copy()
        facts = {
            "stack": {
                "owner": {"id": _hex(stack.owner.id), "name": stack.owner.label},
                "base": _hex(stack.start),
                "size": stack.size,
                "offset": address - stack.start,
                "ended_at": stack.ended_at,
                "rights": describe_rights(stack.rights_of(accessor)),
                "shares": [self._share_facts(record) for record in shares],
            },
            "remedy": [line.strip() for line in lines_of(advice.remedies)],
            "remedies": [remedy.facts() for remedy in advice.remedies],
            "no_share": advice.no_share or None,
            "copy": None if copy is None else _copy_facts(copy),
        }
        title = (
            f"stack of {name}, offset {address - stack.start} of {stack.size} "
            f"({describe_size(stack.size)}, 0x{stack.start:08x}..0x{stack.end - 1:08x})"
        )
        lines = self._stack_lines(stack, shares)
        if copy is not None:
            lines.append(_copy_words(copy))
        if advice.no_share:
            lines.append(advice.no_share)
        words = stray or _stack_words(stack, name, access, accessor, shares)
        return Place(words, title, (*lines, *lines_of(advice.remedies)), facts)

    def _copy(self) -> RefusedCopy | None:
        """Return the copy between threads that was refused, None when the access was no such copy."""
        copy = self._kernel.refused_copy
        return copy if copy is not None and copy.fault is self._record.fault else None

    def _advice(self, stack: Stack, is_stray: bool) -> Advice:
        if self._accessor is stack.owner or self._record.fault.access is Access.FETCH:
            return Advice()
        if is_stray and self._is_on(stack):
            return Advice((), f"no share helps: the calls that it went on in are those of {stack.owner.label}")
        if is_stray and self._own is not None:
            return Advice((), f"no share helps: what leaves the stack of {self._own.owner.label} comes here")
        record, owner_sp = self._record, self._stack_pointer(stack.owner)
        return advise(self._kernel, record.fault, bool(record.registers.ipsr), stack, self._address, owner_sp)

    def _stack_lines(self, stack: Stack, shares: list[ShareRecord]) -> list[str]:
        """Say what became of the owner, and what shares of its stack there were."""
        lines: list[str] = []
        owner, accessor = stack.owner, self._accessor
        name = owner.label
        if stack.ended_at is not None:
            lines.append(f"{name} ended at {stack.ended_at:,}; its stack stays protected")
        elif owner is not accessor:
            lines += [f"{name} {thread.describe_state()}" for thread in self._kernel.threads.all() if thread is owner]
        if len(shares) > SHOWN_SHARES:
            lines.append(f"{len(shares) - SHOWN_SHARES:,} earlier shares are left out")
        lines += [line for share in shares[-SHOWN_SHARES:] for line in self._share_lines(share)]
        if not shares and owner is not accessor:
            lines += ["shared with nobody, ever", *self._former(stack)]
        lines += self._given(stack) + self._refused(stack)
        return lines + self._opposite_share(stack) + self._other_shares(stack)

    def _given(self, stack: Stack) -> list[str]:
        """Say who gave the thread memory of the program's for its stack, and which that is."""
        thread = next((one for one in self._kernel.threads.all() if one is stack.owner), None)
        if thread is None or thread.created_in is None:
            return []
        held = self._kernel.port.image.symbols.find_object(self._address)
        memory = f", here in {held.name}" if held is not None else ""
        return [f"that stack is memory of the program's{memory}: given {Waits(self._kernel).use(thread.created_in)}"]

    def _other_shares(self, stack: Stack) -> list[str]:
        """Say of which other stacks the accessor has shares, where it never had one of this: a wrong name, perhaps."""
        accessor, history = self._accessor, self._kernel.protection.history
        if accessor is None or stack.owner is accessor or self._record.registers.ipsr:
            return []
        if any(record.target == accessor.id for record in share_records(history, stack)):
            return []
        lines = []
        for other in self._policy.stacks:
            records = [one for one in share_records(history, other) if one.target == accessor.id]
            if other is not stack and records and records[-1].removed_at is None:
                words = f"the stack of {other.owner.label}, {records[-1].rights}"
                lines.append(f"{accessor.label} has a share of another one: {words}, {self._made(records[-1])}")
        return lines[:SHOWN_OTHERS]

    def _refused(self, stack: Stack) -> list[str]:
        """Say which calls for a share of any stack failed that the accessor made, where it has none of this one."""
        accessor = self._accessor
        if accessor is None or stack.owner is accessor or stack.rights_of(accessor):
            return []
        asked = [one for one in self._kernel.refusals.all() if one.use.call.name in SHARING_CALLS]
        words = [Waits(self._kernel).refusal(one) for one in asked if one.use.thread is accessor]
        return [f"asked for and refused: {line}" for line in words if line][:SHOWN_REFUSALS]

    def _former(self, stack: Stack) -> list[str]:
        """Say that the accessor had a share, but of the stack of an earlier thread of the owner's name."""
        history = self._kernel.protection.history
        former = None if self._accessor is None else former_share(history, stack, self._accessor)
        if former is None:
            return []
        first, *more = self._share_lines(former)
        return [f"an earlier thread of the name {stack.owner.known_name} had its stack {first}", *more]

    def _opposite_share(self, stack: Stack) -> list[str]:
        """Say that a share exists, but of the accessor's stack with the owner."""
        if self._own is None or self._own is stack or stack.rights_of(self._accessor):
            return []
        rights = self._own.rights_of(stack.owner)
        if not rights:
            return []
        names = self._own.owner.label, stack.owner.label
        records = share_records(self._kernel.protection.history, self._own)
        made = [one for one in records if one.target == stack.owner.id and one.removed_at is None]
        how = f", {self._made(made[-1])}" if made else ""
        words = f"the stack of {names[0]}, {describe_rights(rights)} with {names[1]}"
        return [f"a share exists the other way: {words}{how}"]

    def _known_as(self, name: str) -> str:
        """Return what people know the thread by that an event calls ``name``."""
        threads = [*self._kernel.threads.all(), *(stack.owner for stack in self._policy.stacks)]
        return next((thread.label for thread in threads if owner_name(thread) == name), name)

    def _share_lines(self, record: ShareRecord) -> list[str]:
        """Say of a share what it allows, who made it where, and who ended it."""
        lines = [f"shared {record.rights} with {self._known_as(record.target_name)} {self._made(record)}"]
        if record.removed_at is not None:
            pc = self._outer(record.removed_at, record.removed_pc) if record.removed_pc else 0
            ended = self._call(record.removed_via, record.removed_by, pc)
            lines.append(f"  ended at {record.removed_at:,}: {ended}")
        return lines

    def _made(self, record: ShareRecord) -> str:
        """Return when, by which call and where a share was made."""
        made = self._call(record.made_via, record.made_by, self._outer(record.made_at, record.made_pc))
        return f"at {record.made_at:,}: {made}"

    def _call(self, via: str, by: str, pc: int) -> str:
        if not by:
            return via
        by = self._known_as(by)
        return f"{via} by {by}, {self._where(pc)}" if pc else f"{via} by {by}"

    def _outer(self, time: int | None, pc: int) -> int:
        return self._kernel.share_calls.outer(self._kernel.port.image, time or 0, pc)

    def _where(self, pc: int) -> str:
        image = self._kernel.port.image
        line = image.source_line(pc - 2)
        return str(line) if line is not None else image.symbols.describe(pc - 2)

    def _share_facts(self, record: ShareRecord) -> dict[str, Any]:
        facts: dict[str, Any] = {name: getattr(record, name) for name in field_names(record)}
        facts["target"] = _hex(record.target)
        for name in ("made", "removed"):
            pc = facts[f"{name}_pc"]
            pc = self._outer(facts[f"{name}_at"], pc) if pc else 0
            facts[f"{name}_pc"] = _hex(pc) if pc else None
            facts[f"{name}_where"] = self._where(pc) if pc else None
        return facts


def _stack_words(
    stack: Stack, name: str, access: Access | None, accessor: StackOwner | None, shares: list[ShareRecord]
) -> str:
    """Complete "tried to write 4 bytes to ...". ``name`` is the owner's."""
    if accessor is None:
        return f"the stack of {name} before any thread ran"
    who = accessor.label
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
        if who in others:
            who = f"this one (0x{accessor.id:08x})"
        return f"the stack of {name}, which is shared with {' and '.join(others)} but not with {who}"
    if any(record.target_name == who for record in shares):
        return f"the stack of {name}, which was shared with an earlier thread of the name {who} but not with this one"
    return f"the stack of {name}, which is not shared with {who}"


def _copy_words(copy: RefusedCopy) -> str:
    """Say between whom a copy was refused, and whose access it is."""
    source, destination = _party(copy.source), _party(copy.destination)
    waited = copy.waited.label
    if copy.late:
        return f"{waited} waited for {copy.reason}; {source} ended that, and {waited} itself stores what it got"
    if copy.waited is copy.source:
        return f"{source} waits for {copy.reason}; the message is read for {destination}, whose access it is"
    return f"{destination} waits for {copy.reason}; the copy is made for {source}, whose access it is"


def _party(thread: Thread | None) -> str:
    return "an interrupt handler" if thread is None else thread.label


def _copy_facts(copy: RefusedCopy) -> dict[str, Any]:
    """Return the same for programs."""
    parties = {"source": copy.source, "destination": copy.destination, "waited": copy.waited}
    facts: dict[str, Any] = {
        key: None if thread is None else {"id": _hex(thread.id), "name": thread.label}
        for key, thread in parties.items()
    }
    return {**facts, "reason": copy.reason, "late": copy.late}


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
