"""A fault as a report shows it: the instruction, the access, the regions, the fault registers, the calls.

``FaultRecord`` has what later execution would change; the rest is read from the machine after the run. No state.
"""

from __future__ import annotations

from emulator.armv7m.core import Registers
from emulator.armv7m.faults import Access, Fault, exception_name
from emulator.armv7m.memory_map import is_ppb
from emulator.armv7m.mpu_explain import Decision, Explanation
from emulator.armv7m.mpu_region import decode_region
from emulator.armv7m.registers import Register, all_registers
from emulator.bits import WORD_MASK
from emulator.debuginfo.source import shown_source
from emulator.disasm import Instruction, disassemble
from emulator.errors import GuestAccessError
from emulator.machine.fault_record import FaultRecord, StatusWords
from emulator.machine.machine import Machine
from emulator.machine.story import Place, Story
from emulator.records import dataclass
from emulator.trace.backtrace import Backtrace, backtrace
from emulator.trace.fault_words import describe_branch, describe_escalation, describe_request, is_request

OWN_ACCESSES = frozenset(("IACCVIOL", "DACCVIOL", "IBUSERR", "PRECISERR"))
"""The causes that are of the instruction's own access."""

LIKELY_NULL = 256
"""Below this address an access was meant for a field or element of NULL more often than for the vector table."""


@dataclass(frozen=True, slots=True)
class FaultReport:
    """One fault. ``address`` is the byte that was refused (for a fetch too), None where no access was.

    ``subject`` is who did it, ``thread`` the personality's part of that (None: there is none), and ``headline`` says
    the fault in one sentence. ``kernel_call`` names the call of the personality that made the access for ``subject``.
    ``labels`` says what MPU regions stand for, by number. ``hints`` are further sentences about this kind of fault.
    ``status`` is the fault registers as its handler found them; ``escalation`` says why it became HardFault, '' when it
    did not; ``raised`` names the exception that was taken, '' where the core locked up. ``follows`` says how it is
    related to the fault told of before it, ``taking`` what else went wrong when its exception was taken.
    """

    headline: str
    fault: Fault
    time: int
    pc: int
    mode: str
    privileged: bool
    subject: str
    thread: str | None
    kernel_call: str | None
    instruction: Instruction | None
    address: int | None
    place: Place | None
    explanation: Explanation | None
    labels: dict[int, str]
    hints: tuple[str, ...]
    registers: Registers
    backtrace: Backtrace
    status: StatusWords
    escalation: str
    raised: str
    follows: str
    taking: tuple[str, ...]


def report_fault(
    machine: Machine, record: FaultRecord, story: Story | None, before: FaultRecord | None = None
) -> FaultReport:
    """Describe ``record``, a fault of ``machine``, after the run; ``before`` is the one that is told of before it."""
    fault, explanation = record.fault, record.explanation
    address = _refused_address(record)
    place = None
    if story is not None and address is not None:
        place = story.place(address, record)
    call = story.kernel_call(record) if story is not None else None
    frames = backtrace(record.registers, machine.image, machine.peek, record.branch)
    subject = _subject(record, story, frames)
    return FaultReport(
        headline=_headline(machine, record, subject, call, address, place),
        fault=fault,
        time=record.time,
        pc=record.pc,
        mode=exception_name(record.registers.ipsr),
        privileged=record.privileged,
        subject=subject,
        thread=story.subject if story is not None else None,
        kernel_call=call,
        instruction=instruction_at(machine, record.pc, record.registers.xpsr),
        address=address,
        place=place,
        explanation=explanation,
        labels=_labels(machine, explanation, story),
        hints=tuple(_hints(machine, record, address)),
        registers=record.registers,
        backtrace=frames,
        status=record.status,
        escalation=describe_escalation(record.escalation),
        raised=exception_name(record.raised.exception) if record.raised.exception else "",
        follows=_relation(record, before),
        taking=tuple(_taking(record)),
    )


def _relation(record: FaultRecord, before: FaultRecord | None) -> str:
    """Say what ``record`` has to do with the fault ``before`` it; '' for the first."""
    if before is None:
        return ""
    if record.antecedent is before:
        return "Taking its exception failed."
    if record.registers.ipsr == before.raised.exception:
        return "Its handler faulted." if is_request(before) else "Its handler faulted too."
    return "Before its handler returned, there was another."


def _taking(record: FaultRecord) -> list[str]:
    """Return a sentence for each fault of taking the exception of ``record``."""
    found = []
    for derived in record.derived:
        where = "" if derived.fault.address is None else f" at 0x{derived.fault.address:08x}"
        found.append(f"Taking it, the core {derived.fault.cause.words}{where}: {derived.fault.cause.name}.")
    return found


def instruction_at(machine: Machine, pc: int, xpsr: int) -> Instruction | None:
    """Return the instruction at ``pc`` with the condition its IT block gives it, None where there is no memory."""
    itstate = xpsr >> 8 & 0xFC | xpsr >> 25 & 3
    for size in (4, 2):
        try:
            return disassemble(machine.peek(pc & WORD_MASK, size), pc, itstate)
        except GuestAccessError:
            continue
    return None


def _refused_address(record: FaultRecord) -> int | None:
    if record.fault.cause.name in ("IMPRECISERR", "VECTTBL"):
        return record.fault.address
    if record.explanation is not None and not record.explanation.allowed:
        return record.explanation.byte
    if record.fault.access is Access.FETCH:
        return record.pc
    return record.fault.address


def _labels(machine: Machine, explanation: Explanation | None, story: Story | None) -> dict[int, str]:
    """Return the labels of the regions that are still what they were when the fault was raised."""
    if explanation is None or story is None:
        return {}
    labels = story.region_labels()
    found = {}
    for row in explanation.rows:
        now = decode_region(machine.mpu.rbar[row.region], machine.mpu.rasr[row.region])
        if row.region in labels and (now.base, now.size, now.ap, now.srd) == (row.base, row.size, row.ap, row.srd):
            found[row.region] = labels[row.region]
    return found


# -- words ---------------------------------------------------------------------------------------------------------


def _subject(record: FaultRecord, story: Story | None, frames: Backtrace) -> str:
    ipsr = record.registers.ipsr
    if ipsr:
        handler = f"the {exception_name(ipsr)} handler"
        return f"{handler}, which interrupted {story.subject}" if story is not None else handler
    if story is not None:
        return story.subject
    innermost = frames.frames[0]
    where = f" in the data object {innermost.data}" if innermost.data else ""
    return innermost.function or f"{_UNKNOWN_CODE} 0x{record.pc:08x}{where}"


_UNKNOWN_CODE = "the code at"
_VERBS = {Access.READ: "read {} from", Access.WRITE: "write {} to", Access.FETCH: "execute code in"}


def _headline(
    machine: Machine, record: FaultRecord, subject: str, call: str | None, address: int | None, place: Place | None
) -> str:
    fault = record.fault
    cause = fault.cause
    if is_request(record):
        return describe_request(record, subject)
    if cause.name == "VECTTBL":
        vector = f"the vector of {exception_name(record.raised.other)}"
        assert address is not None
        return f"HardFault: {vector} could not be read from {_bare_place(machine, record, address)}."
    who = f"{call}, called by {subject}" if call is not None else subject
    who += "," if "," in who else ""
    if cause.name == "DEBUGEVT":
        return f"{exception_name(cause.exception)}: {subject} executed a breakpoint with no debugger to take it."
    if fault.access is None or address is None or not _is_access(fault):
        return f"{exception_name(cause.exception)}: {who} {cause.words}{_derived_place(address, place)}."
    size = f"{fault.size} byte{'' if fault.size == 1 else 's'}"
    where = place.words if place is not None else _bare_place(machine, record, address)
    if fault.access is Access.FETCH and subject.startswith(_UNKNOWN_CODE):
        return f"{exception_name(cause.exception)}: execution went to {where}."
    return f"{exception_name(cause.exception)}: {who} tried to {_VERBS[fault.access].format(size)} {where}."


def _is_access(fault: Fault) -> bool:
    """Whether the fault is of the instruction's own access, not of stacking or unstacking around an exception."""
    return fault.cause.name in OWN_ACCESSES


def _derived_place(address: int | None, place: Place | None) -> str:
    if address is None:
        return ""
    return f": 0x{address:08x} is {place.words}" if place is not None else f" at 0x{address:08x}"


def _bare_place(machine: Machine, record: FaultRecord, address: int) -> str:
    shown = f"0x{address:08x}"
    explanation = record.explanation
    if is_ppb(address) and record.fault.access is not Access.FETCH:
        return f"{shown}, {_ppb_words(record, address)}"
    if explanation is None:
        name = machine.bus.device_name(address)
        return f"{shown}, which {name} refuses" if name else f"{shown}, where there is neither memory nor a device"
    if explanation.decision is Decision.REGION:
        return f"{shown}, which MPU region {explanation.region} does not allow"
    if explanation.decision is Decision.NO_REGION:
        return f"{shown}, which no MPU region covers"
    if explanation.decision is Decision.NO_REGION_UNPRIVILEGED:
        return f"{shown}, which no MPU region opens to unprivileged code"
    if explanation.decision is Decision.SYSTEM_XN:
        return f"{shown}, and nothing executes from 0xe0000000 upwards"
    return f"{shown}, which the default memory map ({explanation.default_range}) does not allow"


def _ppb_words(record: FaultRecord, address: int) -> str:
    """Say why the Private Peripheral Bus refuses: it has rules of its own, which no MPU region changes. [B3.1, B3.2]"""
    name = next((r.__name__ for r in all_registers() if _is_at(r, address)), "")
    what = f"{name} in the Private Peripheral Bus" if name else "in the Private Peripheral Bus"
    if not record.privileged:
        return f"{what}, which unprivileged code may not use"
    return f"{what}, which refuses such an access"


def _is_at(register: type[Register], address: int) -> bool:
    offset = (address & ~3) - register.ADDRESS
    return 0 <= offset < register.STRIDE * (register.COUNT - 1) + 4 and offset % max(register.STRIDE, 4) == 0


def _hints(machine: Machine, record: FaultRecord, address: int | None) -> list[str]:
    fault = record.fault
    if address is not None and address < LIKELY_NULL and fault.access in (Access.READ, Access.WRITE):
        return ["An address this low is mostly a NULL pointer."] if _is_access(fault) else []
    branch = _branch_hint(machine, record)
    if branch:
        return [branch]
    if fault.cause.name == "NOCP" and machine.config.has_fpu:
        return ["The FPU is off until CPACR (0xe000ed88) gives access to CP10 and CP11."]
    if fault.cause.name == "NOCP":
        return [f"The {machine.config.name} of this board has no FPU: build without one, or choose another board."]
    if fault.cause.name == "INVSTATE":
        return ["ARMv7-M executes Thumb code only: the address in a pointer or vector must have bit 0 set."]
    return []


def _branch_hint(machine: Machine, record: FaultRecord) -> str:
    """Say how execution came to an address where there is no code of the program's."""
    branch = record.branch
    if branch is None or machine.image.symbols.find_code(record.pc) is not None:
        return ""
    place = describe_code(machine, branch.pc) if branch.pc is not None else ""
    words = describe_branch(branch, record, place)
    if record.fault.cause.name == "INVSTATE" and record.pc >= LIKELY_NULL:
        words += " ARMv7-M executes Thumb code only: bit 0 of such an address must be set."
    return words


def describe_code(machine: Machine, pc: int) -> str:
    """Return where the instruction at ``pc`` is, with its source line where that is known."""
    line = machine.image.source_line(pc)
    place = machine.image.symbols.describe(pc)
    return f"{place} ({shown_source(line.path)}:{line.line})" if line is not None else place
