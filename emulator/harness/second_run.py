"""The second run of a program that ended badly, and the report with what it shows."""

from __future__ import annotations

from emulator.annotations import Any
from emulator.diagnosis.diagnose import LONGEST_RUN, why_it_faulted, why_it_is_there
from emulator.harness.session import Session
from emulator.machine.stop import BudgetSpent, Interrupted, StopReason
from emulator.records import replace
from emulator.trace.report import Report, faults_of

LONGEST_WANTED_RUN = 1 << 62
"""Any run is executed again where a user asks for more."""


def explained(report: Report, session: Session, reason: StopReason, *, looks_far: bool = False) -> Report:
    """Return ``report`` with what a second run of ``session``, which ended with ``reason``, shows of its fault.

    ``looks_far``: however long the first one was. Nothing is added where there is nothing to ask for, and for programs
    that use files of the host, whose second run may be another.
    """
    if session.again is None:
        return report
    most = LONGEST_WANTED_RUN if looks_far else LONGEST_RUN
    records = faults_of(session.machine, reason)
    executed = session.machine.engine.executed
    why = None
    if records:
        why = why_it_faulted(session.again, records[0], executed, most, shares=_shares(report))
    elif isinstance(reason, BudgetSpent | Interrupted):
        from emulator.harness.polling import polling_details  # only for runs that have no end of their own

        report = replace(report, details=(*report.details, *polling_details(session)))
        why = why_it_is_there(session.again, executed, most)
    return replace(report, why=why)


def _shares(report: Report) -> list[dict[str, Any]]:
    """Return the shares of the stack that the fault is in, as the report has them."""
    place = None if report.fault is None else report.fault.place
    stack = None if place is None else place.facts.get("stack")
    return [] if stack is None else list(stack["shares"])
