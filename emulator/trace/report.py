"""The report of a run as data: how it ended, why, and where everybody was. Text and JSON are made from it.

Built after the run; nothing is collected while it runs but what the machine keeps anyway, so a run that nobody traces
costs nothing.
"""

from __future__ import annotations

from emulator.armv7m.core import Registers
from emulator.armv7m.faults import Access, exception_name
from emulator.armv7m.scb import SHCSR
from emulator.debuginfo.source import shown_source
from emulator.image.cxx_names import readable
from emulator.machine.fault_record import FAULT_HANDLERS, FaultRecord, StatusWords
from emulator.machine.machine import Machine
from emulator.machine.stop import (
    Asleep,
    BudgetSpent,
    Deadlock,
    Exited,
    Faulted,
    ForeignAccess,
    Interrupted,
    IsolationBroken,
    Lockup,
    ResetRequested,
    Spinning,
    StopReason,
)
from emulator.machine.story import LastSwitch, Story, ThreadState
from emulator.records import dataclass
from emulator.trace.backtrace import Backtrace, Frame, backtrace, frame_spans
from emulator.trace.ending import EXITS, ending_words
from emulator.trace.fault_report import FaultReport, report_fault
from emulator.trace.foreign import ForeignReport
from emulator.trace.headline import describe_exception, name_thread
from emulator.trace.outcome import Outcome, outcome_of
from emulator.trace.own_code import called_library, name_frame, own_callers, own_frame, own_index
from emulator.trace.why import Why

WFI, SEMIHOSTING = 0xBF30, 0xBEAB
"""[A7.7.261], BKPT 0xAB. [A7.7.17]"""
MOST_BELOW = 1 << 16
"""Bytes below RAM where a stack pointer is that has left it by an overflow."""
NEAR_SP = 256
"""Bytes from the stack pointer that one instruction reaches when it pushes or uses its frame."""


@dataclass(frozen=True, slots=True)
class ThreadReport:
    """A thread and, where its saved context is known, the calls it is in."""

    state: ThreadState
    backtrace: Backtrace | None


MOST_TOUCHES = 20
"""Absent addresses that a report lists."""


@dataclass(frozen=True, slots=True)
class Report:
    """A run that has ended.

    ``time`` is virtual, ``instructions`` the ones executed. ``details`` are further sentences after ``headline``.
    ``fault`` is the fault that ended the run, or that its handlers were at; ``handler_fault`` the last one that came
    before these returned, ``between`` those between the two. ``status``, ``registers`` and ``backtrace`` are of the end
    of the run. ``isolation`` is what an audit found. ``why`` is what a second run of the program has shown, None
    where there was none.
    ``foreign`` is who touched whose stack in a run that closed them, None in others.
    """

    program: str
    board: str
    personality: str | None
    outcome: Outcome
    headline: str
    details: tuple[str, ...]
    time: int
    instructions: int
    exit_code: int | None
    fault: FaultReport | None
    between: tuple[FaultReport, ...]
    handler_fault: FaultReport | None
    status: StatusWords
    registers: Registers
    backtrace: Backtrace
    threads: tuple[ThreadReport, ...]
    last_switch: LastSwitch | None
    warnings: tuple[str, ...]
    isolation: IsolationBroken | None = None
    why: Why | None = None
    foreign: ForeignReport | None = None


def build_report(
    machine: Machine, reason: StopReason, board: str, story: Story | None, *, always_detailed: bool = True
) -> Report:
    """Describe the end of a run of ``machine`` on ``board``; ``story`` is the personality's part, if it has one.

    Unless ``always_detailed``, a success comes without backtraces and threads: reading debug information for nothing
    would take longer than many runs.
    """
    outcome = outcome_of(machine, reason)
    detailed = always_detailed or outcome is not Outcome.SUCCESS
    records = faults_of(machine, reason)
    befores = [None, *records]
    faults = [report_fault(machine, record, story, before) for record, before in zip(records, befores, strict=False)]
    fault = faults[0] if faults else None
    registers = machine.registers.copy()
    about = story.end_registers(reason) if story is not None and detailed else None
    inner = about or (_at_last(machine) if isinstance(reason, Asleep | Exited) else registers)
    frames = backtrace(inner, machine.image, machine.peek) if detailed else Backtrace(())
    return Report(
        program=machine.image.name,
        board=board,
        personality=story.personality if story is not None else None,
        outcome=outcome,
        headline=_headline(machine, reason, fault, story, frames),
        details=(*_details(machine, reason, frames), *(story.details(reason) if story is not None else ())),
        time=reason.time,
        instructions=machine.engine.executed,
        exit_code=reason.code if isinstance(reason, Exited) else None,
        fault=fault,
        between=tuple(faults[1:-1]),
        handler_fault=faults[-1] if len(faults) > 1 else None,
        status=StatusWords.of(machine.faults, machine.system.peek(SHCSR.ADDRESS, 4)),
        registers=registers,
        backtrace=frames,
        threads=_threads(machine, story if detailed else None),
        last_switch=story.last_switch() if story is not None else None,
        warnings=(*machine.image.warnings, *run_warnings(machine), *_remarks(outcome, story)),
        isolation=reason if isinstance(reason, IsolationBroken) else None,
    )


def _at_last(machine: Machine) -> Registers:
    """Return the registers at the WFI that the core sleeps in, or the BKPT that ended the run: PC is behind it.

    What is there may be another function, where none was to go on.
    """
    registers = machine.registers.copy()
    if machine.bus.read(registers.pc - 2, 2) in (WFI, SEMIHOSTING):
        registers.pc -= 2
    return registers


def _remarks(outcome: Outcome, story: Story | None) -> list[str]:
    return [] if outcome is Outcome.SUCCESS or story is None else story.remarks()


def run_warnings(machine: Machine) -> list[str]:
    """Return a line for each thing that the program did and hardly meant, whatever became of it."""
    lines = absent_touches(machine)
    if machine.notices:
        from emulator.trace.notice_words import notice_lines

        lines += notice_lines(machine)
    return lines


def absent_touches(machine: Machine) -> list[str]:
    """Return a line for the first touch of each address where a lenient board has nothing, in their order."""
    touched = list(machine.absent.values())
    lines = [
        f"nothing at 0x{event.address:08x}: the first {event.access} ({event.size} bytes) is by "
        f"{machine.image.symbols.describe(event.pc)} at {event.time:,}"
        for event in touched[:MOST_TOUCHES]
    ]
    more = len(touched) - len(lines)
    return [*lines, f"nothing at {more:,} more addresses that were touched; --trace lists them"] if more else lines


def faults_of(machine: Machine, reason: StopReason) -> list[FaultRecord]:
    """Return the faults that the run's end is about, in their order: their handlers have not returned."""
    if isinstance(reason, ForeignAccess):
        return [reason.record]
    is_end = isinstance(reason, Faulted | Lockup | BudgetSpent | Spinning | Interrupted | ResetRequested)
    if not is_end and not _ends_in_handler(machine, reason):
        return []
    records = machine.faults_handled
    if isinstance(reason, Lockup):
        return records
    return [record for record in records if record.raised.exception in FAULT_HANDLERS]


def _ends_in_handler(machine: Machine, reason: StopReason) -> bool:
    """Whether a fault handler of a bare program ended the run itself, as one that failed, or sleeps."""
    is_end = isinstance(reason, Asleep) or (isinstance(reason, Exited) and reason.code != 0)
    return is_end and machine.personality is None


def _threads(machine: Machine, story: Story | None) -> tuple[ThreadReport, ...]:
    found = []
    for state in story.threads() if story is not None else []:
        frames = None
        if state.registers is not None:
            frames = backtrace(state.registers, machine.image, machine.peek)
        found.append(ThreadReport(state, frames))
    return tuple(found)


# -- words ---------------------------------------------------------------------------------------------------------


def _exit_words(story: Story | None, frames: Backtrace) -> str:
    """Say who of the program's own called the library to end it, '' where nobody is known to have."""
    own = own_index(frames)
    library = "" if own is None else called_library(frames, own)
    if own is None or library not in EXITS:
        return ""
    return f": {_who(story, frames.frames[own])} called {library}()"


def _who(story: Story | None, frame: Frame) -> str:
    return name_frame(frame) if story is None or not frame.line else name_thread(story.subject, frame)


def _headline(
    machine: Machine, reason: StopReason, fault: FaultReport | None, story: Story | None, frames: Backtrace
) -> str:
    own = own_frame(frames)
    words = story.describe_end(reason, name_frame(own) if own is not None else "") if story is not None else None
    ended = ending_words(frames)
    if words is not None:
        adds = ended is not None and ended[0] is own and "assertion" not in words
        return f"{words}, which {ended[1]}." if ended is not None and adds else f"{words}."
    if isinstance(reason, Exited) and reason.code == 0:
        return "The program ended successfully."
    if fault is not None and isinstance(reason, Exited | Asleep):
        return fault.headline
    if isinstance(reason, Exited):
        how = f": {_who(story, ended[0])} {ended[1]}" if ended is not None else _exit_words(story, frames)
        return f"The program ended with code {reason.code}{how}."
    if isinstance(reason, IsolationBroken):
        from emulator.trace.isolation_report import isolation_headline

        return isolation_headline(reason)
    where = _describe_innermost(frames)
    who = f"{story.subject}, in {where}" if story is not None else where
    if machine.registers.ipsr and machine.personality is None:
        from emulator.trace.interrupt_words import handler_words

        who = where + handler_words(machine, frames)
    if isinstance(reason, Lockup):
        began = f"{fault.headline.rstrip('.')}; then " if fault is not None and fault.raised else ""
        return f"Lockup: {began}{reason.cause}."
    if isinstance(reason, Deadlock):
        if reason.waits == ("no thread is left",):
            return "Every thread has ended, and nothing ended the program."
        return "Deadlock: no thread can ever run again."
    if isinstance(reason, Asleep):
        return f"Asleep for ever: {_asleep_in(frames) or where} waits for an interrupt, and no device will raise one."
    if isinstance(reason, ResetRequested):
        if fault is not None:
            return fault.headline
        if reason.device:
            return f"The device {reason.device} reset the processor: the program was in {where}."
        if ended is not None:
            return f"{_who(story, ended[0])} {ended[1]}; then the processor was reset."
        return f"The program reset the processor, in {where}."
    if fault is not None:
        return fault.headline
    if isinstance(reason, Faulted):  # an asynchronous fault: no instruction made it
        cause = reason.fault.cause
        return f"{exception_name(cause.exception)}: {cause.words}; found in {who}."
    if isinstance(reason, Spinning) and machine.registers.ipsr:
        from emulator.trace.interrupt_words import same_vectors

        exception = machine.registers.ipsr
        handler = describe_exception(machine, exception)
        if same_vectors(machine, exception) > 1:
            name = name_frame(frames.frames[0])
            return f"Endless loop: {name} loops for {handler}: no handler of its own is at vector {exception}."
        return f"Endless loop: the {handler} handler branches to itself, in {where}, and nothing will interrupt it."
    if isinstance(reason, Spinning):
        return f"Endless loop: {who} branches to itself, and no exception will come."
    if isinstance(reason, BudgetSpent):
        return f"The instruction budget is spent: {machine.engine.executed:,} executed, now in {who}."
    if isinstance(reason, Interrupted) and reason.timed_out:
        return f"The time limit ended the run in {who}."
    if isinstance(reason, Interrupted) and reason.terminated:
        from signal import Signals

        return f"Terminated by {Signals(reason.terminated).name} in {who}."
    return f"Interrupted in {who}."


def _asleep_in(frames: Backtrace) -> str:
    """Return the function that sleeps, and whose call of it that is; '' where no line says it."""
    inner, outer, *_ = (*frames.frames, None, None)
    if inner is None or not inner.line or outer is None or not outer.line:
        return ""
    if outer.exception or outer.relation or outer.guessed:
        return ""
    return f"{name_frame(inner)}, called by {name_frame(outer)},"


def _describe_innermost(frames: Backtrace) -> str:
    """Return where execution was; for a library function, with the program's own call of it."""
    own = own_index(frames)
    library = called_library(frames, own) if own else ""
    place = describe_place(frames.frames[0])
    return f"{library}, called by {name_frame(frames.frames[own])}" if own and library else place


def describe_place(frame: Frame) -> str:
    """Return where a frame is, with the source line where it is known: ``main+0x12 (main.c:40)``."""
    symbol = readable(frame.symbol or "")
    held = f"{symbol}+0x{frame.offset:x}" if frame.offset else symbol
    if frame.inlined and frame.line:
        return f"{readable(frame.function)} ({shown_source(frame.path)}:{frame.line}, inlined in {held})"
    if frame.symbol is None:
        place = f"0x{frame.pc:08x}" + (f", in the data object {frame.data}" if frame.data else "")
    else:
        place = held
    return f"{place} ({shown_source(frame.path)}:{frame.line})" if frame.line else place


def _is_off_memory(machine: Machine, record: FaultRecord) -> bool:
    """Whether a data access near the stack pointer was refused because nothing is there."""
    address = record.fault.address
    if address is None or record.fault.access is Access.FETCH or machine.bus.device_name(address) is not None:
        return False
    sp = record.registers.sp
    is_below = any(0 < start - sp <= MOST_BELOW and sp - NEAR_SP <= address < start for start, _ in machine.ram)
    return is_below or (sp - address + NEAR_SP) & 0xFFFF_FFFF <= 2 * NEAR_SP


def _has_left_memory(machine: Machine, sp: int) -> bool:
    """Whether ``sp`` is right below memory, where a board may answer accesses without keeping what is stored."""
    return any(0 < start - sp <= MOST_BELOW for start, _ in machine.ram) and machine.memory_page(sp & -1024) is None


def _details(machine: Machine, reason: StopReason, frames: Backtrace) -> list[str]:
    details = _stack_pointer_details(machine) or _main_stack_details(machine)
    if isinstance(reason, IsolationBroken):
        from emulator.trace.isolation_report import isolation_details

        details += isolation_details(reason)
    if isinstance(reason, Deadlock):
        details += reason.waits
    if isinstance(reason, ResetRequested) and faults_of(machine, reason):
        who = f"the device {reason.device}" if reason.device else _describe_innermost(frames)
        handler = exception_name(machine.registers.ipsr)
        details.append(f"The {handler} handler did not return: {who} reset the processor in it.")
    if isinstance(reason, Exited | Asleep) and faults_of(machine, reason):
        handler = exception_name(machine.registers.ipsr)
        what = f"ended the program with code {reason.code}" if isinstance(reason, Exited) else "sleeps for ever"
        details.append(f"The {handler} handler did not return: {_describe_innermost(frames)} {what} in it.")
    elif isinstance(reason, Exited) and reason.code and machine.personality is None:
        details += _exit_details(frames)
    if isinstance(reason, ResetRequested) and not machine.stop_on_reset:
        details.append(
            f"There were {reason.count} resets; a program that is reset for ever is stopped here. "
            "With --on-reset stop it ends at the first."
        )
    if isinstance(reason, Spinning | BudgetSpent | Interrupted):
        details += _handler_details(machine)
    if isinstance(reason, Spinning) and machine.registers.ipsr and machine.vector_table:
        from emulator.trace.missing_image import missing_image

        details += missing_image(machine, frames)
    in_fault = machine.registers.ipsr in FAULT_HANDLERS
    if machine.personality is None and not in_fault and isinstance(reason, Asleep | Spinning | BudgetSpent):
        from emulator.trace.interrupt_words import blocked_details, interrupt_details

        details += interrupt_details(machine) if isinstance(reason, Asleep) else blocked_details(machine)
    return details


EXIT_CALLERS = 2


def _exit_details(frames: Backtrace) -> list[str]:
    """Say by which calls of the program's own it ended itself, where their lines are known."""
    own = own_frame(frames)
    if own is None or not own.line:
        return []
    callers = [f"called by {name_frame(frame)}" for frame in own_callers(frames)[:EXIT_CALLERS]]
    return [f"It ended in {', '.join([name_frame(own), *callers])}."]


def _handler_details(machine: Machine) -> list[str]:
    """Say which handlers have not returned, why the innermost runs, and whether it is that of many exceptions."""
    ipsr = machine.registers.ipsr
    if not ipsr:
        return []
    details = []
    faults = [record.raised.exception for record in faults_of(machine, Interrupted(0))]
    if ipsr in FAULT_HANDLERS:
        details.append(f"The {exception_name(ipsr)} handler has not returned: the run ended in it.")
    elif faults:
        name = exception_name(faults[-1])
        details.append(f"The {name} handler has not returned: the run ended in the {exception_name(ipsr)} handler.")
    cause = machine.cause_of(ipsr)
    if cause is not None and ipsr not in FAULT_HANDLERS:
        details.append(report_fault(machine, cause, None).headline)
    return details + _shared_vector(machine, ipsr)


def _shared_vector(machine: Machine, exception: int) -> list[str]:
    """Say that ``exception`` has no handler of its own: its vector is that of other exceptions, too."""
    from emulator.trace.interrupt_words import same_vectors

    others = same_vectors(machine, exception)
    vector = machine.bus.read(machine.system.vtor + 4 * exception, 4) or 0
    symbols = machine.image.symbols
    if others < 1 or exception in FAULT_HANDLERS or symbols.find(vector & ~1) is not symbols.find(machine.registers.pc):
        return []  # a kernel's wrapper has called what is this exception's own
    name = symbols.describe(vector & ~1)
    shared = f"those of {others} other exceptions do" if others > 1 else "that of another exception does"
    return [
        f"{describe_exception(machine, exception)} has no handler of its own: its vector leads to {name}, as {shared}."
    ]


ENDS_OF_DATA = ("_end", "end", "__end__", "__bss_end__", "__bss_end", "_ebss", "__end")
"""What linker scripts call the end of .bss, where the heap begins."""


def _main_stack_details(machine: Machine) -> list[str]:
    """Say that the main stack of a bare program has grown into its data, which ends below where it began."""
    record = next(iter(machine.faults_handled), None)
    registers = machine.registers if record is None else record.registers
    if machine.personality is not None or registers.msp % 4:
        return []
    top = (machine.bus.read(machine.vector_table, 4) or 0) & 0xFFFF_FFFC
    symbols = machine.image.symbols.by_name
    known = [(symbols[name].address, name) for name in ENDS_OF_DATA if name in symbols]
    blocks = [(start, start + size) for start, size in machine.ram if start < top <= start + size]
    inside = [(end, name) for end, name in known if blocks and blocks[0][0] < end <= top]
    if not inside or not blocks[0][0] <= registers.msp < min(inside)[0]:
        return []
    end, name = min(inside)
    found = machine.image.symbols.find(registers.msp)
    if found is not None and found.is_data:
        spans = frame_spans(registers, machine.image, machine.peek)
        if spans and registers.sp == registers.msp and spans[-1].cfa <= found.address + found.size:
            return []  # all calls are in it: it is a stack of its own, and the main one does not go on to it
    where = f", in {found.name}" if found is not None and found.is_data else ""
    return [
        f"The main stack has overflowed: MSP is 0x{registers.msp:08x}{where}; it began at 0x{top:08x}, and the "
        f"program's data ends at 0x{end:08x} ({name})."
    ]


def _stack_pointer_details(machine: Machine) -> list[str]:
    """Explain a fault at a stack pointer that no memory is behind: it never was right, or the stack overflowed."""
    record = next(iter(machine.faults_handled), None)
    if record is None or not (_is_off_memory(machine, record) or _has_left_memory(machine, record.registers.sp)):
        return []
    word = machine.bus.read(machine.vector_table, 4) or 0
    sp = word & 0xFFFF_FFFC
    ram = [(start, start + size) for start, size in machine.ram]
    if any(start < sp <= end for start, end in ram):
        now, address = record.registers.sp, record.fault.address or 0
        inside = any(start < now <= end for start, end in ram)
        ends = [start for start, end in ram if start < sp <= end or start <= now <= end]
        if any(address < start and start - MOST_BELOW <= now <= start + NEAR_SP for start in ends):
            place = "is at the end of the memory" if inside else "has left the memory"
            return [f"The stack pointer, 0x{now:08x}, {place}: the stack overflowed."]
        return [] if inside else [f"The stack pointer, 0x{now:08x}, has left the memory."]
    shown = ", ".join(f"0x{start:08x}..0x{end - 1:08x}" for start, end in ram)
    return [
        f"The vector table's initial stack pointer, 0x{word:08x}, is not in RAM ({shown}): nothing can be pushed, "
        "not even the frame of the exception that should handle it."
    ]
