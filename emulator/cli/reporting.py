"""The report at the end of v7m run: its form and where it goes."""

from __future__ import annotations

import os
import sys

from emulator.cli.arguments import Options
from emulator.cli.console import Console
from emulator.cli.interrupts import dispensable
from emulator.cli.output_file import OutputFile
from emulator.cli.terminal import choose_paint, write_diagnostics
from emulator.errors import GuestAccessError
from emulator.harness.session import Session
from emulator.machine.stop import ForeignAccess, Interrupted, StopReason
from emulator.program_file import shown_path
from emulator.records import replace
from emulator.trace.call_lines import plain
from emulator.trace.outcome import Outcome
from emulator.trace.report import Report, build_report
from emulator.trace.report_json import render_json
from emulator.trace.report_text import render_text

SECONDS_MORE = 10.0
"""How long a run that its time limit ended may be looked into."""


def make_report(options: Options, session: Session, reason: StopReason, in_file: bool) -> Report:
    """Return the report of a run that ended with ``reason``, with what its form and place ask for."""
    detailed = options.report == "json" or in_file
    report = build_report(session.machine, reason, session.board.name, session.story, always_detailed=detailed)
    if session.isolation is not None:
        report = replace(report, foreign=session.isolation.report())
    why = options.why or os.environ.get("V7M_WHY", "auto")
    if why == "off" or options.report == "rtems" or report.outcome is Outcome.SUCCESS:
        return report
    if isinstance(reason, ForeignAccess):
        return report
    from emulator.harness.second_run import explained  # it imports what goes back in runs

    try:
        with dispensable(_patience(options.timeout, reason)):
            return explained(report, session, reason, looks_far=why == "more")
    except (KeyboardInterrupt, GuestAccessError):
        return report


def _patience(timeout: float | None, reason: StopReason) -> float | None:
    """Return for how many seconds the second run may go on: not long where the first one took too long already."""
    is_timed_out = isinstance(reason, Interrupted) and reason.timed_out
    return min(timeout, SECONDS_MORE) if timeout is not None and is_timed_out else timeout


def write_report(
    options: Options,
    session: Session,
    report: Report,
    status: int,
    file: OutputFile | None,
    console: Console,
) -> None:
    """Write ``report`` where the options say: to ``file`` if there is one, else to stderr."""
    if options.report == "json":
        text = render_json(report, status)
    elif options.report == "rtems":
        text = rtems_text(session, report)
    elif options.report == "short":
        from emulator.trace.report_short import render_short

        text = render_short(report)
    elif report.outcome is Outcome.SUCCESS and file is None:
        text = ""
    else:
        text = render_text(report, plain if file is not None else choose_paint(options.color, sys.stderr))
    if file is not None:
        file.write(text)
    elif text:
        is_for_people = options.report == "text"
        gap = "\n" * (is_for_people + (options.report != "json" and not console.ends_line))
        write_diagnostics(gap + text)
    is_elsewhere = file is not None and options.report_file != "-"
    if is_elsewhere and options.report != "json" and report.outcome is not Outcome.SUCCESS:
        write_diagnostics(f"v7m: {report.headline} Report: {shown_path(options.report_file)}\n")


def rtems_text(session: Session, report: Report) -> str:
    """Return the end of the run as RTEMS prints it; an end that RTEMS knows nothing of in one line."""
    record = session.kernel.fatal_record if session.kernel is not None else None
    if record is None:
        return f"\n{report.headline}\n"
    return record.report(session.machine.image.compiler())
