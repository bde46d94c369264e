"""Why the program stopped: GDB's ``*stopped`` becomes the client's ``stopped``, or the end of the session."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import suppress

from emulator.annotations import Any
from emulator.dap.arguments import Arguments
from emulator.dap.breakpoints import count_hit
from emulator.dap.execution import RUNS_ON
from emulator.dap.mi_syntax import Results, console
from emulator.dap.session import Session
from emulator.dap.steps import Answer, GdbError, Steps

_ENDS = ("exited", "exited-normally", "exited-signalled")
_STEPS = ("end-stepping-range", "function-finished", "location-reached")
_WATCHES = ("watchpoint-trigger", "read-watchpoint-trigger", "access-watchpoint-trigger")
_HEADLINE = re.compile(r"(\w+): \S")
"""How our server's explanations begin; the name is the exception's."""


def publish(session: Session, stop: Results) -> Steps:
    """Tell the client of a stop."""
    resumed_with, session.resumed_with = session.resumed_with, ""
    yield from session.forget_stop()
    reason = stop.text("reason")
    if reason in _ENDS:
        _publish_end(session, stop, reason)
        return None
    body = yield from _describe(session, stop, reason, resumed_with)
    if session.is_run_only and reason == "signal-received" and body["reason"] != "pause":
        session.output(session.explanation + "\n")
        yield from session.resume(RUNS_ON)
        return None
    thread = stop.number("thread-id", 0)
    if thread:
        body["threadId"] = thread
    session.event("stopped", {**body, "allThreadsStopped": True})
    return None


def _publish_end(session: Session, stop: Results, reason: str) -> None:
    if reason == "exited-signalled":
        session.output(f"The program was ended by {stop.text('signal-name', 'a signal')}.\n")
        status = 128
    else:
        status = _octal(stop.text("exit-code", "0"))
    session.event("exited", {"exitCode": status})
    session.event("terminated")


def _octal(text: str) -> int:
    """Return the exit status; "exit-code" is octal. [GDB manual, GDB/MI Async Records]"""
    return int(text, 8) if text.isdigit() and not set(text) & set("89") else 1


def _describe(
    session: Session, stop: Results, reason: str, resumed_with: str
) -> Generator[str, Answer, dict[str, Any]]:
    """Return the reason, with what the client shows beside it."""
    if reason == "breakpoint-hit":
        return (yield from _breakpoint(session, stop.number("bkptno", 0)))
    if reason in _WATCHES:
        return (yield from _watchpoint(session, stop))
    if reason in _STEPS:
        return {"reason": "step"}
    if reason == "signal-received":
        return (yield from _signal(session, stop, resumed_with))
    if reason:
        return {"reason": reason}
    if "--reverse" in resumed_with:
        return {"reason": "pause", "description": "Paused at the beginning", "text": "nothing earlier is known"}
    return {"reason": "pause", "description": "Paused at the end of what is known"}


def _breakpoint(session: Session, number: int) -> Generator[str, Answer, dict[str, Any]]:
    found = session.breakpoints.by_number(number)
    if found is None:
        return {"reason": "breakpoint"}
    yield from count_hit(found)
    return {"reason": found.reason, "hitBreakpointIds": [found.id]}


def _watchpoint(session: Session, stop: Results) -> Generator[str, Answer, dict[str, Any]]:
    """Return the values before and after; a read has only the one."""
    facts = next((stop.part(name) for name in ("wpt", "hw-rwpt", "hw-awpt") if name in stop), Results())
    number = facts.number("number", 0)
    body = yield from _breakpoint(session, number)
    value = stop.part("value")
    new = value.text("new") or value.text("value")
    words = f"{value.text('old')} -> {new}" if "old" in value else new
    found = session.breakpoints.by_number(number)
    name = session.breakpoints.data_name(found) if found is not None else facts.text("exp")
    return {**body, "reason": "data breakpoint", "text": f"{name}: {words}"}


def _signal(session: Session, stop: Results, resumed_with: str) -> Generator[str, Answer, dict[str, Any]]:
    """Return what a signal means.

    SIGTRAP is the end of a step in another thread, or what a monitor command waits for (the server has said what
    happened), or a BKPT in the program, which is a fault like others.
    """
    signal = stop.text("signal-name")
    if signal == "SIGTRAP" and not resumed_with.startswith(RUNS_ON):
        return {"reason": "step"}
    if signal in ("SIGINT", "0"):
        return {"reason": "pause"}
    yield from _explain(session)
    if signal == "SIGTRAP" and not session.explanation:
        return {"reason": "breakpoint"}
    session.signal = signal
    first = session.explanation.partition("\n")[0]
    return {"reason": "exception", "description": f"Paused on {_kind(session)}", "text": first or signal}


def _explain(session: Session) -> Generator[str, Answer, None]:
    """Ask our server why; others know less, or say that they do not know the command."""
    with suppress(GdbError):
        answer = yield console("monitor why")
        text = answer.target.strip()
        if _HEADLINE.match(text):
            session.explanation = text


def _kind(session: Session) -> str:
    """Return the exception's name, which begins our explanation, or the signal's."""
    headline = _HEADLINE.match(session.explanation)
    return headline[1] if headline else session.signal


def exception_info(session: Session, arguments: Arguments) -> Steps:
    """exceptionInfo: the explanation of the fault that stopped the program."""
    if not session.signal:
        return {"exceptionId": "none", "description": "no fault stopped the program", "breakMode": "never"}
    text = session.explanation or f"the program received {session.signal}"
    kind = _kind(session)
    return {
        "exceptionId": kind,
        "description": text,
        "breakMode": "always",
        "details": {"message": text.partition("\n")[0], "typeName": kind, "stackTrace": text},
    }
    yield ""
