"""Why the program stopped, as a packet. [GDB manual, E.3 Stop Reply Packets]

The registers that a client asks for after each stop come with it, so that a step is one packet and its reply.
"""

from __future__ import annotations

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.faults import ExceptionNumber, Fault
from emulator.debugger.stops import Watched, is_end
from emulator.machine.stop import AtFault, Breakpoint, BudgetSpent, Exited, ForeignAccess, Interrupted, StopReason
from emulator.timetravel.traveller import Beginning

if TYPE_CHECKING:
    from emulator.gdb.session import Session

SIGINT, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV, SIGXCPU = 2, 4, 5, 6, 8, 10, 11, 24
"""GDB's own numbers of signals. [GDB manual, gdb/signals.def]"""

_BY_CAUSE = {"DIVBYZERO": SIGFPE, "UNALIGNED": SIGBUS, "BKPT": SIGTRAP, "DEBUGEVT": SIGTRAP}
_BY_EXCEPTION = {
    ExceptionNumber.MEM_MANAGE: SIGSEGV,
    ExceptionNumber.HARD_FAULT: SIGSEGV,
    ExceptionNumber.BUS_FAULT: SIGBUS,
    ExceptionNumber.USAGE_FAULT: SIGILL,
}
_WATCHES = {"write": "watch", "read": "rwatch", "access": "awatch"}


def stop_reply(session: Session, reason: StopReason, is_again: bool) -> bytes:
    """Return the reply for ``reason``; ``is_again``: the client has had it, and wanted the program to go on."""
    if isinstance(reason, Exited):
        return b"W%02x" % (reason.code & 0xFF)
    if is_end(reason) and is_again:
        return b"X%02x" % _signal(reason)
    return thread_stop(session, _signal(reason), _details(session, reason))


def _signal(reason: StopReason) -> int:
    if isinstance(reason, AtFault):
        return fault_signal(reason.fault)
    if isinstance(reason, ForeignAccess):
        return SIGSEGV
    if isinstance(reason, Interrupted):
        return SIGINT
    if isinstance(reason, BudgetSpent):
        return SIGXCPU
    return SIGABRT if is_end(reason) else SIGTRAP


def fault_signal(fault: Fault) -> int:
    """Return the signal that a hosted system would send for ``fault``."""
    return _BY_CAUSE.get(fault.cause.name) or _BY_EXCEPTION.get(fault.cause.exception, SIGTRAP)


def _details(session: Session, reason: StopReason) -> bytes:
    if isinstance(reason, Beginning):
        return b"replaylog:begin;"
    if isinstance(reason, Watched):
        return b"%s:%08x;" % (_WATCHES[reason.access].encode(), reason.address)
    if isinstance(reason, Breakpoint):
        kind = b"swbreak" if reason.address in session.software else b"hwbreak"
        is_own = reason.address in session.debugger.points.breakpoints
        return kind + b":;" if is_own and kind + b"+" in session.client_features else b""
    return b""


def thread_stop(session: Session, signal: int, details: bytes = b"") -> bytes:
    """Return the stop of the thread that the processor executes, with its registers."""
    values = session.registers.expedited(session.debugger.machine.registers)
    return b"T%02x%sthread:%x;%s" % (signal, details, session.debugger.current, values)
