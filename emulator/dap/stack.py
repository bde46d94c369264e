"""threads, stackTrace, scopes: who runs, and how it came there."""

from __future__ import annotations

from contextlib import suppress

from emulator.annotations import Any
from emulator.dap.arguments import Arguments
from emulator.dap.mi_syntax import Results
from emulator.dap.session import Session
from emulator.dap.steps import GdbError, Steps
from emulator.dap.variable_store import Locals, Registers

MOST_FRAMES = 200
"""Frames of one answer. GDB never counts further than it must: each costs time, and a smashed stack is endless."""


def threads(session: Session, arguments: Arguments) -> Steps:
    """threads: all of them; while the program runs, those of the last stop."""
    if not session.is_running:
        answer = yield "-thread-info"
        session.threads = [_thread(thread) for thread in answer.results.parts("threads")]
        session.threads.sort(key=lambda thread: int(thread["id"]))
    return {"threads": list(session.threads)}


def _thread(thread: Results) -> dict[str, Any]:
    number = thread.number("id")
    name = thread.text("name") or thread.text("target-id") or f"thread {number}"
    details = thread.text("details")
    return {"id": number, "name": f"{name} ({details})" if details else name}


def announce(session: Session, reason: str) -> Steps:
    """Tell the client that the program stands still at another place than before, without having run there."""
    yield from session.forget_stop()
    answer = yield "-thread-info"
    running = [one for one in answer.results.parts("threads") if one.text("details").startswith("running")]
    thread = running[0].number("id") if running else answer.results.number("current-thread-id", 1)
    session.event("stopped", {"reason": reason, "threadId": thread, "allThreadsStopped": True})
    return None


def stack_trace(session: Session, arguments: Arguments) -> Steps:
    """stackTrace: the frames of a thread, or some of them. ``totalFrames`` says no more than that there are more."""
    thread = arguments.number("threadId")
    first = min(max(0, arguments.number("startFrame", 0)), 1 << 20)
    count = arguments.number("levels", 0)
    count = count if 0 < count < MOST_FRAMES else MOST_FRAMES
    answer = yield f"-stack-info-depth --thread {thread} {first + count + 1}"
    depth = answer.results.number("depth")
    if first >= depth:
        return {"stackFrames": [], "totalFrames": depth}
    answer = yield f"-stack-list-frames --thread {thread} {first} {min(first + count, depth) - 1}"
    frames = [_frame(session, thread, frame) for frame in answer.results.parts("stack")]
    return {"stackFrames": frames, "totalFrames": depth}


def _frame(session: Session, thread: int, frame: Results) -> dict[str, Any]:
    """Return a frame; its id is good until the program goes on."""
    address = frame.text("addr")
    session.frames.append((thread, frame.number("level")))
    function = frame.text("func")
    shown: dict[str, Any] = {
        "id": len(session.frames),
        "name": function or address or "?",
        "line": 0,
        "column": 0,
    }
    path = session.sources.path(frame)
    line = frame.number("line", 0)
    if path is not None and line:
        shown["source"] = {"name": path.rpartition("/")[2], "path": path}
        shown["line"] = line - 1 + session.client.first_line
        shown["column"] = session.client.first_column
    if address.startswith("0x"):
        shown["instructionPointerReference"] = address
    if not function or function.startswith("<"):
        shown["presentationHint"] = "subtle"
    return shown


def scopes(session: Session, arguments: Arguments) -> Steps:
    """scopes: what a frame has: its variables, and the registers as they are, or will be, in it."""
    frame = arguments.number("frameId")
    session.frame_options(frame)
    thread, level = session.frames[frame - 1]
    refer = session.variables.refer
    found = []
    with suppress(GdbError):  # a function without debug information has none
        yield f"-stack-list-variables --thread {thread} --frame {level} --no-values"
        found.append(_scope("Locals", "locals", refer(Locals(thread, level))))
    for name, is_floating in (("Registers", False), ("Floating point", True)):
        found.append(_scope(name, "registers", refer(Registers(thread, level, is_floating))))
    return {"scopes": found}


def _scope(name: str, hint: str, reference: int) -> dict[str, Any]:
    """Return a scope; clients do not ask for the expensive ones before somebody looks."""
    expensive = hint == "registers"
    return {"name": name, "presentationHint": hint, "variablesReference": reference, "expensive": expensive}
