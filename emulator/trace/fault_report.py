"""A fault as a report shows it: the instruction, the access, the regions, the fault registers, the calls.

``FaultRecord`` has what later execution would change; the rest is read from the machine after the run. No state.
"""

from __future__ import annotations

from emulator.armv7m.core import Registers
from emulator.armv7m.faults import Access, Fault, exception_name
from emulator.armv7m.mpu_explain import Explanation
from emulator.armv7m.mpu_region import decode_region
from emulator.bits import WORD_MASK
from emulator.debuginfo.source import shown_source
from emulator.disasm import Instruction, disassemble
from emulator.errors import GuestAccessError
from emulator.machine.fault_record import FaultRecord, StatusWords
from emulator.machine.machine import Machine
from emulator.machine.story import GONE, Place, Story, without_share
from emulator.records import dataclass
from emulator.trace.backtrace import Backtrace, backtrace
from emulator.trace.fault_words import describe_escalation, is_request
from emulator.trace.headline import LIKELY_NULL, Scene, headline, is_own_access, is_through_null
from emulator.trace.operands import memory_operand
from emulator.trace.signal_calls import with_interrupted
from emulator.trace.values import describe_value
from emulator.trace.variable_words import Local, local_at


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
    local = None if address is None else _local_at(machine, record, story, address)
    if place is not None and local is not None and local.is_over:
        place = without_share(place, GONE)
    call = story.kernel_call(record) if story is not None else None
    frames = backtrace(record.registers, machine.image, machine.peek, record.branch)
    if story is not None and not record.registers.ipsr:
        frames = with_interrupted(frames, story.interrupted_by_signals(), machine.image, machine.peek)
    subject = _subject(record, story, frames)
    instruction = instruction_at(machine, record.pc, record.registers.xpsr)
    scene = Scene(machine, record, story, frames, instruction, call, address, place, local)
    return FaultReport(
        headline=headline(scene),
        fault=fault,
        time=record.time,
        pc=record.pc,
        mode=exception_name(record.registers.ipsr),
        privileged=record.privileged,
        subject=subject,
        thread=story.subject if story is not None else None,
        kernel_call=call,
        instruction=instruction,
        address=address,
        place=place,
        explanation=explanation,
        labels=_labels(machine, explanation, story),
        hints=tuple(_hints(scene)),
        registers=record.registers,
        backtrace=frames,
        status=record.status,
        escalation=describe_escalation(record.escalation),
        raised=exception_name(record.raised.exception) if record.raised.exception else "",
        follows=_relation(record, before),
        taking=tuple(_taking(record)),
    )


def _local_at(machine: Machine, record: FaultRecord, story: Story | None, address: int) -> Local | None:
    """Return the local variable at ``address``, of whoever has called what is executing or is in a call that waits."""
    held = [record.registers]
    for thread in story.threads() if story is not None else ():
        if thread.stack_base <= address < thread.stack_base + thread.stack_size and not thread.executing:
            held = [thread.registers] if thread.registers is not None else []
    found = (local_at(registers, machine.image, machine.peek, address) for registers in held)
    return next(found, None)


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
    return innermost.function or f"the code at 0x{record.pc:08x}{where}"


def _hints(scene: Scene) -> list[str]:
    fault, address = scene.record.fault, scene.address
    if fault.cause.name == "NOCP" and scene.machine.config.has_fpu:
        return ["The FPU is off until CPACR (0xe000ed88) gives access to CP10 and CP11."]
    if fault.cause.name == "UNALIGNED":
        return _base_hint(scene)
    if address is None or fault.access is None or not is_own_access(fault) or fault.access is Access.FETCH:
        return []
    if is_through_null(scene):
        return []
    inner = scene.frames.frames[0]
    if address < LIKELY_NULL and inner.symbol is None and not inner.inlined:
        return []  # what executes there was never written to do so
    if address < LIKELY_NULL:
        return ["An address this low is mostly a NULL pointer."]
    return _base_hint(scene)


def _base_hint(scene: Scene) -> list[str]:
    """Say what the register was that the address was made from, where its value speaks."""
    operand = None if scene.instruction is None else memory_operand(scene.instruction, scene.record.registers)
    if operand is None or scene.call is not None:
        return []
    words = describe_value(operand.base_value, scene.machine.image, scene.is_memory)
    return [f"The address was made from {operand.base}, 0x{operand.base_value:08x}: {words}."] if words else []


def describe_code(machine: Machine, pc: int) -> str:
    """Return where the instruction at ``pc`` is, with its source line where that is known."""
    line = machine.image.source_line(pc)
    place = machine.image.symbols.describe(pc)
    return f"{place} ({shown_source(line.path)}:{line.line})" if line is not None else place
