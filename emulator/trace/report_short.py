"""The report of a run in one to three lines, for logs: what happened, where in the program, and what to know next.

Plain text, no column depends on another line, so that a line that is cut out of a log still says what it says.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.debuginfo.source import shown_source
from emulator.trace.backtrace import Backtrace, Frame
from emulator.trace.outcome import Outcome
from emulator.trace.own_code import own_frame
from emulator.trace.report import Report

INDENT = "  "


def render_short(report: Report) -> str:
    """Return the report in at most three lines, the last one ended too."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield report.headline
    yield f"{INDENT}{report.program}: {report.outcome.value}, {_where(report)}"
    more = next(_more(report), None)
    if more is not None:
        yield f"{INDENT}{more}"


def _where(report: Report) -> str:
    fault = report.fault
    time = f"virtual time {report.time if fault is None else fault.time:,}"
    if report.outcome in (Outcome.SUCCESS, Outcome.DEADLOCK):
        return time  # nothing executes there that matters, or the first line says where each is
    trace = report.backtrace if fault is None else fault.backtrace
    places = _places(trace)
    return f"{places}, {time}" if places else time


def _places(trace: Backtrace) -> str:
    """Return the innermost function of the program's own with its line, and which one it is in if that is another."""
    if not trace.frames:
        return ""
    first, own = trace.frames[0], own_frame(trace)
    if own is None or own is first:
        return _name(first)
    return f"{_name(own)}, in {_name(first)}"


def _name(frame: Frame) -> str:
    name = frame.function or frame.symbol or f"0x{frame.pc:08x}"
    return f"{name} ({shown_source(frame.path)}:{frame.line})" if frame.line else name


def _more(report: Report) -> Iterator[str]:
    """Yield what is worth a third line, the most useful first."""
    fault = report.fault
    if fault is not None:
        yield from fault.hints
        if fault.escalation:
            yield f"{fault.escalation[0].upper()}{fault.escalation[1:]}."
        if fault.place is not None:
            yield from (line for line in fault.place.lines if line.startswith("to allow this"))
    yield from report.details if report.outcome is not Outcome.DEADLOCK else ()
    yield from (f"warning: {line}" for line in report.warnings)
