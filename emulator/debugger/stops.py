"""Why a debugger stopped, where the machine's own reasons do not say it: values, so that two runs can be compared."""

from __future__ import annotations

from emulator.machine.stop import (
    Asleep,
    BudgetSpent,
    Deadlock,
    Exited,
    Faulted,
    Lockup,
    ResetRequested,
    StopReason,
)
from emulator.records import dataclass

ENDS = (Exited, Faulted, Lockup, Deadlock, Asleep, ResetRequested, BudgetSpent)
"""The reasons after which the program does not go on."""


@dataclass(frozen=True, slots=True)
class Stepped(StopReason):
    """The step that was asked for is done."""


@dataclass(frozen=True, slots=True)
class Watched(StopReason):
    """Behind the instruction at ``pc``, which accessed the watched byte at ``address``.

    ``access`` is the kind of the watchpoint: ``write``, ``read`` or ``access``.
    """

    pc: int
    address: int
    access: str


@dataclass(frozen=True, slots=True)
class AtEvent(StopReason):
    """Behind an event that breakpoint ``number`` is on, ``words`` say which; see event_breakpoints.py.

    ``follows`` is the thread that is to be on the processor before the user hears of it.
    """

    number: int
    words: str
    follows: int | None = None


def is_end(reason: StopReason) -> bool:
    """Whether the program does not go on after ``reason``."""
    return isinstance(reason, ENDS)
