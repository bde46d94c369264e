"""The second run of a program that ended badly, and the report with what it shows."""

from __future__ import annotations

from emulator.annotations import Any
from emulator.diagnosis.diagnose import (
    LONGEST_RUN,
    why_it_ended,
    why_it_faulted,
    why_it_is_there,
    why_it_waits,
    why_it_was_refused,
)
from emulator.diagnosis.replay import Diverged
from emulator.harness.session import Session
from emulator.machine.fault_record import FaultRecord
from emulator.machine.stop import (
    Asleep,
    BudgetSpent,
    Deadlock,
    Exited,
    Interrupted,
    ResetRequested,
    Spinning,
    StopReason,
)
from emulator.machine.story import GONE, without_share
from emulator.records import replace
from emulator.trace.ending import EXITS
from emulator.trace.report import Report, faults_of
from emulator.trace.why import Why, WhyStep

LONGEST_WANTED_RUN = 1 << 62
"""Any run is executed again where a user asks for more."""
DIVERGED = "a second run, which was to show where that came from, went another way than the first: it cannot tell"
"""What a report says instead of what a second run has shown, which would not be about the run that is reported."""


def explained(report: Report, session: Session, reason: StopReason, *, looks_far: bool = False) -> Report:
    """Return ``report`` with what a second run of ``session``, which ended with ``reason``, shows of its fault.

    ``looks_far``: however long the first one was. Nothing is added where there is nothing to ask for, and for programs
    that use files of the host, whose second run may be another.
    """
    if session.again is None:
        return report
    most = LONGEST_WANTED_RUN if looks_far else LONGEST_RUN
    try:
        return _explained(report, session, reason, most)
    except Diverged:
        return replace(report, why=Why((WhyStep("end", DIVERGED),), session.machine.engine.executed))


def _explained(report: Report, session: Session, reason: StopReason, most: int) -> Report:
    """Do ``explained`` for a run of ``most`` instructions at the most. Raises Diverged."""
    assert session.again is not None
    records = faults_of(session.machine, reason)
    executed = session.machine.engine.executed
    why = None
    if records:
        why = why_it_faulted(session.again, records[0], executed, most, shares=_shares(report))
        report = _with_absent_device(report, session, records[0])
    elif _is_shut_down(session, reason, report):
        return report
    elif (block := _refused_block(session, reason)) is not None:
        why = why_it_was_refused(session.again, block, executed, most)
    elif isinstance(reason, Deadlock) and session.story is not None and session.story.refused_argument() is not None:
        why = why_it_waits(session.again, executed, most)
    elif _ended_itself(session, reason):
        is_loop = isinstance(reason, Spinning)
        frames, exception = report.backtrace.frames, session.machine.registers.ipsr
        why = why_it_ended(
            session.again, frames, executed, most,
            is_loop=is_loop, exception=exception, waking_calls=_waking_calls(session),
        )  # fmt: skip
    elif isinstance(reason, BudgetSpent | Interrupted | ResetRequested | Asleep):
        if not isinstance(reason, ResetRequested | Asleep):
            from emulator.harness.polling import polling_details  # only for runs that have no end of their own

            report = replace(report, details=(*report.details, *polling_details(session)))
        is_asleep = isinstance(reason, Asleep)
        why = why_it_is_there(
            session.again, report.backtrace.frames, executed, most,
            is_asleep=is_asleep, waking_calls=_waking_calls(session),
        )  # fmt: skip
    return report if why is None else _with(report, why)


def _ended_itself(session: Session, reason: StopReason) -> bool:
    """Whether code of the program's decided to end it, to loop for ever, or to reset the processor."""
    is_reset = isinstance(reason, ResetRequested) and not reason.device
    if not is_reset and not isinstance(reason, Spinning) and not (isinstance(reason, Exited) and reason.code != 0):
        return False
    return session.story is None or session.story.ends_itself(reason)


def _waking_calls(session: Session) -> tuple[str, ...]:
    return () if session.guest is None else session.guest.waking_calls()


def _is_shut_down(session: Session, reason: StopReason, report: Report) -> bool:
    """Whether a reset is the end that the user expects, by what the C library has for that."""
    is_expected = isinstance(reason, ResetRequested) and session.machine.stop_on_reset
    return is_expected and any(frame.symbol in EXITS for frame in report.backtrace.frames)


def _with_absent_device(report: Report, session: Session, record: FaultRecord) -> Report:
    if session.kernel is not None or record.fault.address is None:
        return report
    from emulator.harness.absent_device import absent_details  # few programs fault there

    return replace(report, details=(*report.details, *absent_details(session, record)))


def _refused_block(session: Session, reason: StopReason) -> int | None:
    story = session.story
    return None if story is None else story.refused_block(reason)


def _with(report: Report, why: Why) -> Report:
    """Return ``report`` with ``why``, and with what that changes of it."""
    headline, fault = report.headline, report.fault
    if why.departed and "; that " not in headline:
        headline = f"{headline.removesuffix('.')}; {why.departed}."
    library, caller = why.called_by
    if library and f": {library} tried to " in headline:
        headline = headline.replace(f": {library} ", f": {library}, called by {caller}, ", 1)
    if why.is_gone and fault is not None and fault.place is not None:
        fault = replace(fault, place=without_share(fault.place, GONE))
    return replace(report, why=why, headline=headline, fault=fault)


def _shares(report: Report) -> list[dict[str, Any]]:
    """Return the shares of the stack that the fault is in, as the report has them."""
    place = None if report.fault is None else report.fault.place
    stack = None if place is None else place.facts.get("stack")
    return [] if stack is None else list(stack["shares"])
