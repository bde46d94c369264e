"""v7m debug: a program for GDB, over a socket or a pipe."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from emulator.annotations import TYPE_CHECKING, BinaryIO
from emulator.board.board import parse_size
from emulator.cli.accelerator_notice import mention_once
from emulator.cli.arguments import ISOLATION, Options, OptionTable, read_options
from emulator.cli.console import standard_output
from emulator.cli.debug_commands import add_commands
from emulator.cli.session import connect_input, open_session
from emulator.cli.terminal import write_diagnostics
from emulator.debugger.debugger import Debugger, complete
from emulator.debugger.stops import AtEvent, is_end
from emulator.errors import ConfigError
from emulator.gdb import server
from emulator.gdb.monitor import Monitor
from emulator.gdb.session import Session as GdbSession
from emulator.harness.exit_status import SUCCESS
from emulator.harness.guest_input import open_input
from emulator.harness.session import Session, muted_channels
from emulator.machine.machine import Machine
from emulator.machine.stop import AtFault, Exited, ForeignAccess, StopReason
from emulator.timetravel.traveller import Traveller
from emulator.trace.backtrace import interrupted

if TYPE_CHECKING:
    from emulator.armv7m.core import Registers
    from emulator.cli.parser import Parser

EPILOG = """\
With GDB:

  gdb-multiarch main.elf -ex 'target remote | v7m debug --stdio main.elf'
or
  v7m debug main.elf --listen 127.0.0.1:3333        and in GDB: target remote :3333

The program stops at the instruction that faults, before its handler runs, and the console says why; continue lets the
handler have it. Threads have names (info threads), handlers too. monitor help lists what GDB has no words for.

For CI: v7m debug main.elf --run-to-fault --gdb-script commands.gdb

exit status: 0 the debugger has left (--stdio), 2 bad usage or input, or a command of --gdb-script failed, 130 Ctrl-C;
with --gdb-script that of the program: 3 it is, or was, at a fault, else as with v7m run."""

DEFAULT_ADDRESS = "127.0.0.1:3333"
LOOPBACK = "127.0.0.1"

OPTIONS: OptionTable = {
    "--history": {
        "metavar": "SIZE",
        "default": "256M",
        "help": "memory for going backwards (256M); 0: only forwards. Off with --semihosting-root",
    },
    "--listen": {
        "metavar": "[HOST:]PORT",
        "help": f"wait for debuggers there, one after another (default {DEFAULT_ADDRESS}; port 0: any that is free)",
    },
    "--gdb-init": {
        "action": "store_true",
        "help": "print what gives GDB the commands v7m threads, mpu, shares, why; alone, without a program",
    },
    "--gdb-script": {
        "metavar": "FILE",
        "help": "let GDB do the commands of FILE, and end; exit status 3 where the program faults",
    },
    "--run-to-fault": {
        "action": "store_true",
        "help": "run up to the first fault, or the end, before a debugger comes",
    },
    "--stdio": {"action": "store_true", "help": "the debugger is at stdin and stdout: GDB's target remote | ..."},
    **ISOLATION,
}


def make_parser() -> Parser:
    """Return the parser of this verb."""
    from emulator.cli.parser import program_parser

    files = "ELF, Intel HEX, or raw binaries with --load-address"
    return program_parser("v7m debug", "Let GDB debug a program.", EPILOG, files, OPTIONS)


def run(arguments: list[str]) -> int:
    """Run the verb and return the command's exit status. Raises ConfigError and ImageError."""
    if arguments == ["--gdb-init"]:
        print(f"source {Path(server.__file__).with_name('v7m.gdb')}")
        return SUCCESS
    options = read_options(arguments, OPTIONS, make_parser)
    _check(options)
    mention_once()
    place = parse_address(options.listen or DEFAULT_ADDRESS)
    with open_session(options) as session:
        debugger = make_debugger(session, options)
        make = session_maker(session, debugger)
        if options.run_to_fault:
            _run_to_fault(session, debugger, sys.stderr.buffer if options.stdio else standard_output())
        if options.gdb_script is not None:
            from emulator.cli.debug_script import run_script

            return run_script(options, session, debugger, make)
        if options.stdio:
            _serve_pipe(make)
        else:
            _listen(place, make)
    return SUCCESS


def _check(options: Options) -> None:
    """Raise ConfigError for options that do not go together."""
    if options.gdb_init:
        raise ConfigError("--gdb-init only prints a line for GDB: give it alone, without a program and other options.")
    if sum((options.stdio, options.listen is not None, options.gdb_script is not None)) > 1:
        raise ConfigError("--stdio, --listen and --gdb-script are three ways to a debugger: give one.")
    if options.stdio and options.input == "-":
        raise ConfigError("--input - and --stdio both want stdin: give the input in a file.")
    if options.stdio and (sys.stdin is None or sys.stdout is None):
        raise ConfigError("--stdio needs stdin and stdout, and one is closed. GDB opens both: target remote | v7m ...")


def _serve_pipe(make: server.MakeSession) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in GDB comes as a packet, too
    connection = server.Pipe(sys.stdin.fileno(), _own_stdout())
    server.serve(make(connection.send), connection)


def _listen(place: tuple[str, int], make: server.MakeSession) -> None:
    with server.Listener(*place) as listener:
        write_diagnostics(f"v7m: waiting for a debugger; in GDB: target remote {listener.address}\n")
        server.serve_clients(listener, make, lambda words: write_diagnostics(f"v7m: {words}.\n"))


def _run_to_fault(session: Session, debugger: Debugger, stream: BinaryIO) -> None:
    """Run before a debugger comes; console and explanation go to ``stream``."""
    muted = muted_channels(session.board)

    def write(data: bytes) -> None:
        stream.write(data)
        stream.flush()

    session.machine.on_console = lambda channel, data: None if channel in muted else write(data)
    reason = complete(debugger.proceed())
    write(explain(session, reason).encode())


def parse_address(text: str) -> tuple[str, int]:
    """Return host and port of ``[HOST:]PORT``; without a host, this machine alone. Raises ConfigError."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 0xFFFF:
        raise ConfigError(f"--listen {text}: {port!r} is no port. Write it as {DEFAULT_ADDRESS}, or 3333.")
    return host.removeprefix("[").removesuffix("]") or LOOPBACK, int(port)


def _own_stdout() -> int:
    """Return a descriptor of stdout for packets alone; whatever else is printed goes to stderr."""
    descriptor = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return descriptor


def session_maker(session: Session, debugger: Debugger) -> server.MakeSession:
    """Return what makes a session for a client; the debugger and the program are the same for all."""
    monitor = Monitor()
    add_commands(monitor, session, debugger)
    muted = frozenset(muted_channels(session.board))

    def make(send: Callable[[bytes], None]) -> GdbSession:
        if debugger.ended is not None and isinstance(debugger.ended, Exited):
            debugger.restart()
        made = GdbSession(debugger, monitor, lambda reason: explain(session, reason), send)
        session.machine.on_console = lambda channel, data: None if channel in muted else made.console(data)
        return made

    return make


def make_debugger(session: Session, options: Options) -> Debugger:
    """Return a debugger of the program, which stops at faults, with the threads of the kernel if there is one."""
    machine, kernel, view = session.machine, session.kernel, session.threads
    machine.stops_at_faults = True
    traveller = _traveller(machine, options)
    debugger = Debugger(machine, view, _unwind, traveller, options.max_instructions)
    if kernel is not None:
        debugger.on_reset = kernel.power_up
    if options.input not in (None, "-"):
        debugger.on_restart = lambda: _read_again(machine, options, session)
    return debugger


def _traveller(machine: Machine, options: Options) -> Traveller | None:
    """Return what goes backwards. Files of the host have no past, and programs that use them none either."""
    budget = 0 if options.history == "0" else parse_size(options.history, "--history")
    return Traveller(machine, budget) if budget and options.semihosting_root is None else None


def _read_again(machine: Machine, options: Options, session: Session) -> None:
    connect_input(machine, options, session.board, open_input(options.input, muted_channels(session.board)))


def _unwind(machine: Machine) -> list[Registers]:
    return interrupted(machine.registers, machine.image, machine.peek)


def explain(session: Session, reason: StopReason) -> str:
    """Return what a person is to read of a stop, '' where GDB's own words say it all."""
    machine = session.machine
    if isinstance(reason, AtFault):
        from emulator.trace.fault_report import report_fault
        from emulator.trace.report_text import render_fault

        return render_fault(report_fault(machine, machine.foresee(reason), session.story))
    if isinstance(reason, ForeignAccess):
        return _explain_foreign(session, reason)
    if isinstance(reason, AtEvent):
        return f"{reason.number}: {reason.words}\n"
    if not is_end(reason):
        return ""
    from emulator.trace.report import build_report

    report = build_report(machine, reason, session.board.name, session.story, always_detailed=False)
    lines = [report.headline, *report.details]
    if session.isolation is not None:
        from emulator.trace.foreign import foreign_lines

        lines += foreign_lines(session.isolation.report())
    return "\n".join(lines) + "\n"


def _explain_foreign(session: Session, reason: ForeignAccess) -> str:
    """Return what --isolate strict has refused, and the option that would allow all that it found so far."""
    from emulator.trace.fault_report import report_fault
    from emulator.trace.report_text import render_fault

    assert session.isolation is not None
    shares = session.isolation.report().shares
    allowed = "".join(f"  to allow this   {share.option}\n" for share in shares)
    return render_fault(report_fault(session.machine, reason.record, session.story)) + allowed
