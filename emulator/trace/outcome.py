"""How a run ended, in one word: all that a run which nobody reports on needs of a report."""

from __future__ import annotations

from enum import StrEnum

from emulator.machine.fault_record import FAULT_HANDLERS
from emulator.machine.machine import Machine
from emulator.machine.stop import (
    Asleep,
    Breakpoint,
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
    Watchpoint,
)


class Outcome(StrEnum):
    """How a run ended, one word for programs; docs/report.md says more."""

    SUCCESS = "success"
    FAILURE = "failure"
    FAULT = "fault"
    LOCKUP = "lockup"
    DEADLOCK = "deadlock"
    ENDLESS_LOOP = "endless-loop"
    BUDGET_SPENT = "budget-spent"
    RESET = "reset"
    ISOLATION = "isolation"
    INTERRUPTED = "interrupted"
    TIMEOUT = "timeout"


def outcome_of(machine: Machine, reason: StopReason) -> Outcome:
    """Return the outcome that ``reason`` stands for."""
    if isinstance(reason, Exited):
        return Outcome.SUCCESS if reason.code == 0 else Outcome.FAILURE
    if isinstance(reason, Faulted):
        return Outcome.FAULT
    if isinstance(reason, Spinning | ResetRequested) and in_fault_handler(machine):
        return Outcome.FAULT
    if isinstance(reason, Spinning):
        return Outcome.ENDLESS_LOOP
    if isinstance(reason, ResetRequested) and machine.stop_on_reset and not reason.device and _has_failed(machine):
        return Outcome.FAILURE
    if isinstance(reason, BudgetSpent):
        return Outcome.BUDGET_SPENT
    if isinstance(reason, Interrupted) and reason.timed_out:
        return Outcome.TIMEOUT
    kinds = {Lockup: Outcome.LOCKUP, Deadlock: Outcome.DEADLOCK, Asleep: Outcome.DEADLOCK}
    kinds |= {ResetRequested: Outcome.RESET, IsolationBroken: Outcome.ISOLATION, ForeignAccess: Outcome.ISOLATION}
    kinds |= dict.fromkeys((Interrupted, Breakpoint, Watchpoint), Outcome.INTERRUPTED)
    return kinds[type(reason)]


def _has_failed(machine: Machine) -> bool:
    """Whether the reset that the program asked for is the end of an assertion that failed, or of abort()."""
    from emulator.trace.backtrace import backtrace  # for programs that end so, and no others
    from emulator.trace.ending import ending_words

    return ending_words(backtrace(machine.registers, machine.image, machine.peek)) is not None


def in_fault_handler(machine: Machine) -> bool:
    """Whether the core is in HardFault or one of the configurable faults."""
    return machine.registers.ipsr in FAULT_HANDLERS
