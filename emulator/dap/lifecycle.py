"""From initialize to disconnect: which GDB debugs which program where, and how it ends."""

from __future__ import annotations

import posixpath
from collections.abc import Generator
from contextlib import suppress

from emulator.annotations import Any
from emulator.dap import breakpoints
from emulator.dap.arguments import Arguments, RequestError
from emulator.dap.mi_syntax import console, quote
from emulator.dap.session import CONNECTED, INITIALIZED, Session
from emulator.dap.stack import announce
from emulator.dap.steps import Answer, GdbError, Steps
from emulator.dap.variables import FORGET_REGISTERS

CAPABILITIES: dict[str, Any] = {
    "supportsConfigurationDoneRequest": True,
    "supportsFunctionBreakpoints": True,
    "supportsConditionalBreakpoints": True,
    "supportsHitConditionalBreakpoints": True,
    "supportsLogPoints": True,
    "supportsInstructionBreakpoints": True,
    "supportsDataBreakpoints": True,
    "supportsDataBreakpointBytes": True,
    "supportsEvaluateForHovers": True,
    "supportsSetVariable": True,
    "supportsSetExpression": True,
    "supportsExceptionInfoRequest": True,
    "supportsExceptionFilterOptions": False,
    "supportsReadMemoryRequest": True,
    "supportsWriteMemoryRequest": True,
    "supportsDisassembleRequest": True,
    "supportsSteppingGranularity": True,
    "supportsRestartRequest": True,
    "supportsTerminateRequest": True,
    "supportTerminateDebuggee": True,
    "supportsDelayedStackTraceLoading": True,
    "supportsCancelRequest": True,
    "supportsValueFormattingOptions": False,
    "supportsStepBack": False,
    "exceptionBreakpointFilters": [
        {
            "filter": "faults",
            "label": "Faults",
            "description": "Stop at the instruction that faults, before the handler runs",
            "default": True,
        }
    ],
}

_SETTINGS = (
    *("mi-async on", "confirm off", "pagination off", "width 0", "height 0", "breakpoint pending off"),
    *("print elements 200", "print sevenbit-strings off", "style enabled off", "tcp auto-retry off"),
)


def initialize(session: Session, arguments: Arguments) -> Steps:
    """initialize: what this adapter can do. Whether time goes backwards is said when the server is known."""
    session.client.first_line = 1 if arguments.flag("linesStartAt1", True) else 0
    session.client.first_column = 1 if arguments.flag("columnsStartAt1", True) else 0
    if arguments.text("pathFormat", "path") != "path":
        raise RequestError("initialize: pathFormat must be 'path'")
    session.phase = INITIALIZED
    return CAPABILITIES
    yield ""


def launch(session: Session, arguments: Arguments) -> Steps:
    """launch: a server of our own runs the program."""
    program = arguments.line_of_text("program")
    if not session.link.file_exists(_in_folder(arguments, program)):
        raise RequestError(f"launch: there is no file {_in_folder(arguments, program)!r}; 'program' names the ELF")
    server = _server(session, arguments)
    session.is_attached = False
    yield from _connect(session, arguments, f"| exec {server}")
    return None


def attach(session: Session, arguments: Arguments) -> Steps:
    """attach: a GDB server is there already, at ``target``."""
    target = arguments.line_of_text("target", "127.0.0.1:3333")
    if target.lstrip().startswith("|"):
        raise RequestError("attach: 'target' is HOST:PORT")
    session.is_attached = True
    yield from _connect(session, arguments, target)
    return None


def _in_folder(arguments: Arguments, path: str) -> str:
    folder = arguments.line_of_text("cwd", "")
    return posixpath.join(folder, path) if folder else path


def _server(session: Session, arguments: Arguments) -> str:
    """Return the shell's words that start our server for the program."""
    options = [arguments.line_of_text("program"), *_board(arguments), *arguments.texts("options")]
    program_arguments = arguments.texts("args")
    if program_arguments:
        options += ["--args", *program_arguments]
    return session.link.server_command(options)


def _board(arguments: Arguments) -> list[str]:
    board = arguments.line_of_text("board", "")
    return ["--board", board] if board else []


def _connect(session: Session, arguments: Arguments, target: str) -> Generator[str, Answer, None]:
    """Start GDB with the program, and connect it to ``target``. On failure there is no GDB left."""
    folder = arguments.line_of_text("cwd", "") or None
    session.link.start_gdb(arguments.line_of_text("gdbPath", "") or None, folder)
    session.launched, session.connecting = arguments, True
    session.is_run_only = arguments.flag("noDebug")
    session.stops_at_faults = not session.is_run_only
    try:
        yield from _prepare(session, arguments)
        yield from _select(session, target)
        answer = yield "-list-target-features"
        session.can_reverse = "reverse" in answer.results.texts("features")
        yield from breakpoints.tell_fault_stop(session)
    except (GdbError, RequestError) as error:
        session.link.end_gdb()
        raise RequestError(_last_words(error)) from None
    finally:
        session.connecting = False
    session.phase = CONNECTED


def _last_words(error: GdbError | RequestError) -> str:
    """Return why connecting failed: what a server says before it ends tells more than that it ended."""
    lines = error.log.strip().splitlines() if isinstance(error, GdbError) else []
    own = [line for line in lines if line.startswith("v7m: ")]
    return own[-1].removeprefix("v7m: ") if own else str(error)


def _prepare(session: Session, arguments: Arguments) -> Generator[str, Answer, None]:
    """Set GDB up, and read the program's symbols."""
    for setting in _SETTINGS:
        yield f"-gdb-set {setting}"
    answer = yield "-list-features"
    session.python = "python" in answer.results.texts("features")
    if session.python:
        yield console(f"source {session.link.log_points_file()}")
    for here, there in sorted(arguments.part("sourceMap").values.items()):
        if isinstance(there, str):
            yield f"-gdb-set substitute-path {quote(here)} {quote(there)}"
    yield from _read_program(session, arguments)
    for command in arguments.texts("gdbCommands"):
        answer = yield console(command)
        session.output(answer.console + answer.log)


def _read_program(session: Session, arguments: Arguments) -> Generator[str, Answer, None]:
    """Let GDB read the symbols of the program, if it is known, and learn of its source files."""
    program = arguments.line_of_text("program", "")
    if program:
        yield f"-file-exec-and-symbols {quote(program)}"
        answer = yield "-file-list-exec-source-files"
        folder = arguments.line_of_text("cwd", "") or session.link.folder()
        session.sources.load(answer.results.parts("files"), folder)


def _select(session: Session, target: str) -> Generator[str, Answer, None]:
    answer = yield f"-target-select extended-remote {target}"
    session.output(answer.log)
    session.output(answer.target, "stdout")


def configuration_done(session: Session, arguments: Arguments) -> Steps:
    """configurationDone: the breakpoints are set, the program may run."""
    yield from _begin(session)
    return None


def _begin(session: Session) -> Generator[str, Answer, None]:
    """Run the program, or say that it stands at its first instruction, when that was asked for."""
    assert session.launched is not None
    if session.launched.flag("stopOnEntry"):
        session.add_job(announce(session, "entry"))
    else:
        yield from session.resume("-exec-continue")


def restart(session: Session, arguments: Arguments) -> Steps:
    """restart: the same program, perhaps built anew, from its beginning, with the breakpoints that are there."""
    if session.is_running:
        yield from session.interrupt()
    yield from session.forget_stop()
    session.connecting = True
    try:
        yield from _restart(session)
    finally:
        session.connecting = False
    yield from breakpoints.tell_fault_stop(session)
    yield from breakpoints.begin_again(session)
    yield from _begin(session)
    return None


def _restart(session: Session) -> Generator[str, Answer, None]:
    assert session.launched is not None
    if session.is_attached:
        answer = yield console("monitor restart")
        if "at the beginning" not in answer.target:
            yield console("monitor reset halt")  # another server than ours
        yield console(FORGET_REGISTERS)
        return
    yield from _read_program(session, session.launched)
    yield from _select(session, f"| exec {_server(session, session.launched)}")


def terminate(session: Session, arguments: Arguments) -> Steps:
    """terminate: the program ends, the session may go on with a new launch."""
    yield from _leave(session, ends=True)
    session.event("terminated")
    return None


def disconnect(session: Session, arguments: Arguments) -> Steps:
    """disconnect: the end. A program that was launched ends with it, one that was there before goes on."""
    yield from _leave(session, ends=arguments.flag("terminateDebuggee", not session.is_attached))
    return None


def _leave(session: Session, ends: bool) -> Generator[str, Answer, None]:
    """Let go of the program, if there is one, and end GDB."""
    was_connected = session.phase == CONNECTED
    session.phase = INITIALIZED
    if was_connected and session.is_attached:
        with suppress(GdbError):  # the program has ended
            if session.is_running:
                yield from session.interrupt()
            yield console("kill") if ends else "-target-detach"
    session.is_running = False
    session.link.end_gdb()
