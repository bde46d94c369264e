"""continue, the steps in both directions, and pause."""

from __future__ import annotations

from emulator.dap.arguments import Arguments, RequestError
from emulator.dap.session import Session
from emulator.dap.steps import Steps

RUNS_ON = "-exec-continue"
_REVERSE = " --reverse"
"""Behind --thread: GDB takes what comes after this for an argument of the command."""
_LINES = {"next": "-exec-next", "stepIn": "-exec-step", "stepBack": "-exec-next"}
_INSTRUCTIONS = {
    "next": "-exec-next-instruction", "stepIn": "-exec-step-instruction", "stepBack": "-exec-step-instruction",
}  # fmt: skip


def continue_(session: Session, arguments: Arguments) -> Steps:
    """continue: all threads go on."""
    yield from session.resume(RUNS_ON)
    return {"allThreadsContinued": True}


def reverse_continue(session: Session, arguments: Arguments) -> Steps:
    """reverseContinue: back to a breakpoint, a watchpoint, or the beginning."""
    _demand_reverse(session, arguments)
    yield from session.resume(RUNS_ON + _REVERSE)
    return None


def step(session: Session, arguments: Arguments) -> Steps:
    """next, stepIn: a line, or an instruction."""
    commands = _INSTRUCTIONS if arguments.text("granularity", "") == "instruction" else _LINES
    yield from session.resume(f"{commands[arguments.of]} --thread {arguments.number('threadId')}")
    return None


def step_back(session: Session, arguments: Arguments) -> Steps:
    """stepBack: to the line before, or the instruction before."""
    _demand_reverse(session, arguments)
    commands = _INSTRUCTIONS if arguments.text("granularity", "") == "instruction" else _LINES
    yield from session.resume(f"{commands['stepBack']} --thread {arguments.number('threadId')}{_REVERSE}")
    return None


def step_out(session: Session, arguments: Arguments) -> Steps:
    """stepOut: until the function of the top frame returns."""
    yield from session.resume(f"-exec-finish --thread {arguments.number('threadId')} --frame 0")
    return None


def pause(session: Session, arguments: Arguments) -> Steps:
    """pause: stop the program where it is. A program that stands still is left alone."""
    if session.is_running:
        yield "-exec-interrupt"
    return None


def _demand_reverse(session: Session, arguments: Arguments) -> None:
    if not session.can_reverse:
        raise RequestError(f"{arguments.of}: the GDB server does not go backwards in time")
