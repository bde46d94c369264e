"""The report of a run as text: what happened first, then why, then everything an expert looks for.

Plain by default; ``paint(kind, text)`` may add colour. Of two runs with the same report the text is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emulator.armv7m.core import Registers
from emulator.armv7m.faults import CAUSES, Access, exception_name
from emulator.armv7m.mpu_explain import Decision, Explanation, RegionRow, describe_size
from emulator.armv7m.mpu_region import ACCESS_PERMISSIONS, describe_data_rights
from emulator.columns import aligned, ljust, width_of
from emulator.machine.fault_record import StatusWords
from emulator.trace.call_lines import INDENT, Paint, call_lines, frame_words, plain
from emulator.trace.fault_report import FaultReport
from emulator.trace.fault_words import status_bits
from emulator.trace.foreign import ForeignReport, foreign_lines
from emulator.trace.headline import OWN_ACCESSES
from emulator.trace.outcome import Outcome
from emulator.trace.own_code import name_frame, own_callers, own_frame
from emulator.trace.report import Report, ThreadReport
from emulator.trace.why import why_lines

CUT_SHORT = (Outcome.BUDGET_SPENT, Outcome.INTERRUPTED, Outcome.TIMEOUT, Outcome.ENDLESS_LOOP)
"""Ends that leave threads as they are: what each waits for may say why there was no other end."""
CALLERS_SHOWN = 6
"""Callers of the function that a thread waits in."""
_PLACE_COLUMN = 12
_REGISTER_OF = {cause.name: cause.register for cause in CAUSES.values()}


def render_text(report: Report, paint: Paint = plain) -> str:
    """Return the report as lines of text, the last one ended too."""
    lines = [*_opening(report, paint)]
    if report.why is not None and report.why.steps:
        lines += ["", *(f"{INDENT}{line}" for line in why_lines(report.why))]
    if report.fault is not None:
        lines += ["", *_fault(report.fault, paint), "", *_registers(report.fault.registers)]
        for later in (*report.between, *([report.handler_fault] if report.handler_fault is not None else ())):
            lines += ["", paint("headline", f"{later.follows} {later.headline}"), *_why(later)]
            lines += ["", *_fault(later, paint)]
    elif report.isolation is not None:
        lines += ["", *call_lines(report.backtrace, paint), ""]
        lines += _regions(report.isolation.explanation, report.isolation.labels, paint)
    elif report.outcome is Outcome.DEADLOCK and report.threads:
        lines += ["", *_threads(report.threads, paint)]
    elif report.outcome is not Outcome.SUCCESS and report.backtrace.frames:
        lines += ["", *call_lines(report.backtrace, paint)]
        if report.outcome in CUT_SHORT and report.threads:
            lines += ["", *_threads(report.threads, paint)]
    found = [] if report.foreign is None else list(_foreign(report.foreign, report.outcome))
    if found:
        lines += ["", *(f"{INDENT}{line}" for line in found)]
    lines += ["", *_closing(report)]
    lines += [f"{INDENT}{paint('dim', warning)}" for warning in report.warnings]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _foreign(report: ForeignReport, outcome: Outcome) -> Iterator[str]:
    """Yield who touched whose stack; where that ended the run, the fault has said it."""
    if outcome is not Outcome.ISOLATION:
        yield from foreign_lines(report)
    else:
        yield from (f"to allow this   {share.option}" for share in report.shares)


def render_fault(fault: FaultReport) -> str:
    """Return what a person needs of a fault that a debugger has stopped at: the calls are the debugger's own matter."""
    lines = [fault.headline, *_why(fault), f"{INDENT}{_access(fault)}"]
    if fault.place is not None and fault.address is not None:
        lines.append(f"{INDENT}0x{fault.address:08x}  {fault.place.title}")
        lines += [f"{INDENT}{'':{_PLACE_COLUMN}}{line}" for line in fault.place.lines]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def fault_lines(fault: FaultReport) -> list[str]:
    """Return all that a report of a run would say of ``fault``."""
    lines = [fault.headline, *_why(fault), "", *_fault(fault, plain), "", *_registers(fault.registers)]
    return [line.rstrip() for line in lines]


def region_lines(explanation: Explanation, labels: dict[int, str]) -> list[str]:
    """Return the MPU's regions, and which one decides."""
    return [line.rstrip() for line in _regions(explanation, labels, plain)]


def _opening(report: Report, paint: Paint) -> Iterator[str]:
    yield paint("good" if report.outcome is Outcome.SUCCESS else "headline", report.headline)
    details = () if report.outcome is Outcome.DEADLOCK and report.threads else report.details
    if report.outcome is Outcome.LOCKUP and report.fault is not None and not report.fault.raised:
        yield report.fault.headline
    yield from details
    if report.fault is not None:
        yield from _why(report.fault)


def _why(fault: FaultReport) -> Iterator[str]:
    yield from fault.hints
    if fault.escalation:
        yield f"{fault.escalation[0].upper()}{fault.escalation[1:]}."
    yield from fault.taking


def _closing(report: Report) -> Iterator[str]:
    fault = report.fault
    at = f"virtual time {(fault.time if fault is not None else report.time):,}"
    if report.last_switch is not None:
        last = report.last_switch
        at += f"; last switch at {last.time:,}: {last.outgoing} -> {last.heir}"
        at += f" ({last.outgoing} {last.outgoing_state})" if last.outgoing_state else ""
    yield f"{INDENT}{at}"


# -- the fault -----------------------------------------------------------------------------------------------------


def _fault(fault: FaultReport, paint: Paint) -> Iterator[str]:
    yield from call_lines(fault.backtrace, paint, _access(fault))
    if fault.place is not None and fault.address is not None:
        yield ""
        shown = f"0x{fault.address:08x}"
        yield f"{INDENT}{paint('address', shown)}  {fault.place.title}"
        yield from (f"{INDENT}{'':{_PLACE_COLUMN}}{line}" for line in fault.place.lines)
    if fault.explanation is not None:
        yield ""
        yield from _regions(fault.explanation, fault.labels, paint)
    yield ""
    yield from _status(fault.status, with_shcsr=bool(fault.escalation))


def _access(fault: FaultReport) -> str:
    """Return the instruction with its operands' effect: ``str r5, [r3]   0x20008000 <- 0x00000000``."""
    words = fault.instruction.text if fault.instruction is not None else "(no memory at this address)"
    if fault.fault.access is Access.FETCH or fault.fault.access is None or fault.fault.address is None:
        return words
    if fault.fault.cause.name not in OWN_ACCESSES | {"IMPRECISERR"}:
        return words  # the core made that access, not the instruction
    size, value = fault.fault.size, fault.fault.value
    words += f"    0x{fault.fault.address:08x}"
    if fault.fault.access is Access.WRITE and value is not None:
        return f"{words} <- 0x{value:0{2 * min(size, 8)}x}"
    direction = "->" if fault.fault.access is Access.READ else "<-"
    return f"{words} {direction} {size} byte{'' if size == 1 else 's'}"


def _regions(explanation: Explanation, labels: dict[int, str], paint: Paint) -> Iterator[str]:
    if not explanation.rows:
        yield f"{INDENT}MPU: {explanation.describe()}"
        return
    covers = f"covers 0x{explanation.byte:08x}"
    header = ("MPU", "highest region first", "base", "size", "AP priv/unpriv", "XN", "SRD", covers)
    rows = [header, *(_region(row, labels) for row in explanation.rows)]
    for number, cells in enumerate(aligned(rows)):
        line = INDENT + cells
        decided = number > 0 and explanation.rows[number - 1].decided
        yield paint("decided", line) if decided else line
    if explanation.decision is not Decision.REGION:
        yield f"{INDENT}{paint('decided', explanation.describe())}"


def _region(row: RegionRow, labels: dict[int, str]) -> tuple[str, ...]:
    permission = ACCESS_PERMISSIONS[row.ap]
    rights = f"{describe_data_rights(permission.privileged)}/{describe_data_rights(permission.unprivileged)}"
    covers = "yes" if row.covers else "no"
    if row.disabled_subregion is not None:
        covers = f"no: subregion {row.disabled_subregion} is off"
    if row.decided:
        covers += " <- decided"
    srd = f"0x{row.srd:02x}" if row.srd else "-"
    return (
        f"{row.region:>3}",
        labels.get(row.region, ""),
        f"0x{row.base:08x}",
        describe_size(row.size),
        f"{row.ap} {rights}",
        "XN" if row.xn else "-",
        srd,
        covers,
    )


def _status(status: StatusWords, with_shcsr: bool) -> Iterator[str]:
    """Yield the fault registers as they were at the fault; SHCSR where which handlers are enabled mattered."""
    names = status_bits(status)

    def register(name: str, value: int) -> str:
        bits = [bit for bit in names if _REGISTER_OF.get(bit, "CFSR") == name]
        return f"{name} 0x{value:08x}" + (f" ({' '.join(bits)})" if bits else "")

    words = [register("CFSR", status.CFSR), register("HFSR", status.HFSR)]
    if "MMARVALID" in names:
        words.append(f"MMFAR 0x{status.MMFAR:08x}")
    if "BFARVALID" in names:
        words.append(f"BFAR 0x{status.BFAR:08x}")
    if status.DFSR:
        words.append(f"DFSR 0x{status.DFSR:08x}")
    if with_shcsr:
        words.append(f"SHCSR 0x{status.SHCSR:08x}")
    yield INDENT + "  ".join(words)


def _registers(registers: Registers) -> Iterator[str]:
    names = [f"r{number}" for number in range(13)] + ["sp", "lr", "pc"]
    values = [*registers.r, registers.sp, registers.lr, registers.pc]
    cells = [f"{name:<3} {value:08x}" for name, value in zip(names, values, strict=True)]
    for first in range(0, 16, 4):
        yield INDENT + "  ".join(cells[first : first + 4])
    flags = "".join(letter for letter, bit in zip("NZCVQ", range(31, 26, -1), strict=True) if registers.xpsr >> bit & 1)
    mode = exception_name(registers.ipsr)
    privilege = "privileged" if registers.privileged else "unprivileged"
    yield (
        f"{INDENT}xpsr {registers.xpsr:08x} ({mode}, {privilege}{', ' + flags if flags else ''})  "
        f"msp {registers.msp:08x}  "
        f"psp {registers.psp:08x}  control {registers.control}  primask {registers.primask}  "
        f"basepri {registers.basepri:02x}  faultmask {registers.faultmask}"
    )


# -- threads -------------------------------------------------------------------------------------------------------


def _threads(threads: Sequence[ThreadReport], paint: Paint) -> Iterator[str]:
    shown = [thread for thread in threads if not thread.state.executing]
    width = max((width_of(thread.state.name) for thread in shown), default=0)
    for thread in shown:
        yield f"{INDENT}{ljust(thread.state.name, width)}  {thread.state.state}"
        frame = own_frame(thread.backtrace)
        if frame is not None:
            yield f"{INDENT}{'':<{width}}  in {frame_words(frame, paint)}"
            callers = [name_frame(caller) for caller in own_callers(thread.backtrace)]
            if callers:
                more = ", ..." if len(callers) > CALLERS_SHOWN else ""
                yield f"{INDENT}{'':<{width}}  called by {', '.join(callers[:CALLERS_SHOWN])}{more}"
        yield from (f"{INDENT}{'':<{width}}  {words}" for words in thread.state.waits)
