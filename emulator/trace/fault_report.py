"""A fault as a report shows it: the instruction, the access, the regions, the fault registers, the calls.

``FaultRecord`` has what later execution would change; the rest is read from the machine after the run. No state.
"""

from __future__ import annotations

from emulator.armv7m.core import Registers
from emulator.armv7m.fault_registers import CFSR
from emulator.armv7m.faults import CAUSES, Access, Fault, exception_name
from emulator.armv7m.mpu_explain import Decision, Explanation
from emulator.armv7m.mpu_region import decode_region
from emulator.bits import WORD_MASK
from emulator.disasm import Instruction, disassemble
from emulator.errors import GuestAccessError
from emulator.machine.fault_record import FaultRecord
from emulator.machine.machine import Machine
from emulator.machine.story import Place, Story
from emulator.records import dataclass
from emulator.trace.backtrace import Backtrace, backtrace

LIKELY_NULL = 256
"""Below this address an access was meant for a field or element of NULL more often than for the vector table."""


@dataclass(frozen=True, slots=True)
class StatusRegisters:
    """The fault status and address registers after the run; ``set`` names the bits of CFSR, HFSR and DFSR that are 1.

    ``escalation`` says in words why another fault became HardFault, '' when none did.
    """

    cfsr: int
    hfsr: int
    dfsr: int
    mmfar: int
    bfar: int
    set: tuple[str, ...]
    escalation: str


@dataclass(frozen=True, slots=True)
class FaultReport:
    """One fault. ``address`` is the byte that was refused (for a fetch too), None where no access was.

    ``subject`` is who did it, ``thread`` the personality's part of that (None: there is none), and ``headline`` says
    the fault in one sentence. ``kernel_call`` names the call of the personality that made the access for ``subject``.
    ``labels`` says what MPU regions stand for, by number. ``hints`` are further sentences about this kind of fault.
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


def report_fault(machine: Machine, record: FaultRecord, story: Story | None) -> FaultReport:
    """Describe ``record``, a fault of ``machine``, after the run."""
    fault, explanation = record.fault, record.explanation
    address = _refused_address(record)
    place = None
    if story is not None and address is not None:
        place = story.place(address, record)
    call = story.kernel_call(record) if story is not None else None
    frames = backtrace(record.registers, machine.image, machine.peek)
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
    )


def instruction_at(machine: Machine, pc: int, xpsr: int) -> Instruction | None:
    """Return the instruction at ``pc`` with the condition its IT block gives it, None where there is no memory."""
    itstate = xpsr >> 8 & 0xFC | xpsr >> 25 & 3
    for size in (4, 2):
        try:
            return disassemble(machine.peek(pc & WORD_MASK, size), pc, itstate)
        except GuestAccessError:
            continue
    return None


def status_registers(machine: Machine) -> StatusRegisters:
    """Return the fault registers as they are now."""
    faults = machine.faults
    names = [cause.name for cause in faults.decode()]
    names += [name for name in ("MMARVALID", "BFARVALID") if getattr(CFSR(faults.CFSR), name)]
    return StatusRegisters(
        faults.CFSR, faults.HFSR, faults.DFSR, faults.MMFAR, faults.BFAR, tuple(names), _escalation(machine)
    )


def _escalation(machine: Machine) -> str:
    """Say why a fault escalated: its own exception is disabled, or not urgent enough. [B1.5.14]"""
    if not machine.faults.HFSR >> CAUSES["FORCED"].bit & 1:
        return ""
    exceptions = [cause.exception for cause in machine.faults.decode() if cause.register == "CFSR"]
    disabled = [exception for exception in exceptions if not machine.exceptions.is_enabled(exception)]
    if disabled:
        name = exception_name(disabled[0])
        return f"{name} is not enabled in SHCSR, so it became HardFault"
    if exceptions:
        return f"{exception_name(exceptions[0])} could not preempt what was running, so it became HardFault"
    return "an SVC or a breakpoint, which must be taken at once, could not preempt what was running"


def _refused_address(record: FaultRecord) -> int | None:
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
    return innermost.function or f"{_UNKNOWN_CODE} 0x{record.pc:08x}"


_UNKNOWN_CODE = "the code at"
_VERBS = {Access.READ: "read {} from", Access.WRITE: "write {} to", Access.FETCH: "execute code in"}


def _headline(
    machine: Machine, record: FaultRecord, subject: str, call: str | None, address: int | None, place: Place | None
) -> str:
    fault = record.fault
    cause = fault.cause
    who = f"{call}, called by {subject}" if call is not None else subject
    who += "," if "," in who else ""
    if cause.register != "CFSR":
        return f"{exception_name(cause.exception)}: {subject}: {cause.words}."
    if fault.access is None or address is None or not _is_access(fault):
        return f"{exception_name(cause.exception)}: {who} {cause.words}{_derived_place(address, place)}."
    size = f"{fault.size} byte{'' if fault.size == 1 else 's'}"
    where = place.words if place is not None else _bare_place(machine, record, address)
    if fault.access is Access.FETCH and subject.startswith(_UNKNOWN_CODE):
        return f"{exception_name(cause.exception)}: execution went to {where}."
    return f"{exception_name(cause.exception)}: {who} tried to {_VERBS[fault.access].format(size)} {where}."


def _is_access(fault: Fault) -> bool:
    """Whether the fault is of the instruction's own access, not of stacking or unstacking around an exception."""
    return fault.cause.name in ("IACCVIOL", "DACCVIOL", "IBUSERR", "PRECISERR")


def _derived_place(address: int | None, place: Place | None) -> str:
    if address is None:
        return ""
    return f": 0x{address:08x} is {place.words}" if place is not None else f" at 0x{address:08x}"


def _bare_place(machine: Machine, record: FaultRecord, address: int) -> str:
    shown = f"0x{address:08x}"
    explanation = record.explanation
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


def _hints(machine: Machine, record: FaultRecord, address: int | None) -> list[str]:
    fault = record.fault
    if address is not None and address < LIKELY_NULL and fault.access in (Access.READ, Access.WRITE):
        return ["An address this low is mostly a NULL pointer."]
    if record.pc < LIKELY_NULL and fault.cause.name in ("INVSTATE", "IACCVIOL"):
        return ["A call through a NULL function pointer comes here."]
    if fault.cause.name == "NOCP" and machine.config.has_fpu:
        return ["The FPU is off until CPACR (0xe000ed88) gives access to CP10 and CP11."]
    if fault.cause.name == "NOCP":
        return [f"The {machine.config.name} of this board has no FPU: build without one, or choose another board."]
    if fault.cause.name == "INVSTATE":
        return ["ARMv7-M executes Thumb code only: the address in a pointer or vector must have bit 0 set."]
    return []
