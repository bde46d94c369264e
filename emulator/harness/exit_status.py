"""What the command ends with, one number an outcome. docs/report.md has the table."""

from __future__ import annotations

from emulator.machine.stop import Exited, Interrupted, ResetRequested, StopReason
from emulator.trace.outcome import Outcome

SUCCESS = 0
FAILURE = 1
USAGE = 2
FAULT = 3
STUCK = 4
OUR_BUG = 70
INTERRUPTED = 130  # what shells make of SIGINT
KILLED = 128  # and the number of the signal: 129 SIGHUP, 143 SIGTERM
TIMED_OUT = 124  # what timeout(1) answers
BROKEN_PIPE = 141  # what shells make of SIGPIPE

_BY_OUTCOME = {
    Outcome.SUCCESS: SUCCESS,
    Outcome.FAILURE: FAILURE,
    Outcome.FAULT: FAULT,
    Outcome.LOCKUP: FAULT,
    Outcome.DEADLOCK: STUCK,
    Outcome.ENDLESS_LOOP: STUCK,
    Outcome.BUDGET_SPENT: STUCK,
    Outcome.RESET: STUCK,
    Outcome.ISOLATION: FAULT,
    Outcome.INTERRUPTED: INTERRUPTED,
    Outcome.TIMEOUT: TIMED_OUT,
}


def exit_status(reason: StopReason, outcome: Outcome, is_bare: bool, stop_on_reset: bool = False) -> int:
    """Return the command's exit status for the end of a run.

    A bare program (``is_bare``) that ends with a code of its own hands it on, as far as eight bits hold it; under a
    personality any code but 0 is FAILURE. A reset where the user asked to stop is a success: so systems shut down. One
    that a watchdog made is none, nor one in a fault's handler.
    """
    if isinstance(reason, Exited) and is_bare:
        return reason.code & 0xFF or (FAILURE if reason.code else SUCCESS)
    if outcome is Outcome.RESET and isinstance(reason, ResetRequested) and stop_on_reset and not reason.device:
        return SUCCESS
    return interrupted_status(reason) or _BY_OUTCOME[outcome]


def interrupted_status(reason: StopReason) -> int:
    """Return the exit status of a run that a signal or a time limit ended, SUCCESS where none did."""
    if not isinstance(reason, Interrupted):
        return SUCCESS
    if reason.timed_out:
        return TIMED_OUT
    return KILLED + reason.terminated if reason.terminated else INTERRUPTED
