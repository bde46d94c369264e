"""v7m debug --gdb-script: GDB does the commands of a file with the program, and the command ends; for CI."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.cli.arguments import Options
from emulator.cli.terminal import write_diagnostics
from emulator.debugger.debugger import Debugger
from emulator.errors import ConfigError
from emulator.gdb import server
from emulator.harness.exit_status import FAULT, SUCCESS, USAGE, exit_status
from emulator.harness.session import Session
from emulator.machine.stop import AtFault, ForeignAccess
from emulator.program_file import shown_path
from emulator.trace.outcome import outcome_of

GDBS = ("gdb-multiarch", "arm-none-eabi-gdb")
TIMEOUT = 60
"""Seconds that GDB waits for an answer: a CI machine may be busy."""


def run_script(options: Options, session: Session, debugger: Debugger, make: server.MakeSession) -> int:
    """Serve GDB, which does the commands of the file; return the command's exit status.

    FAULT where the program is, or was, at a fault; else how it ended, SUCCESS where it has not. USAGE where GDB fails.
    """
    given = Path(options.gdb_script)
    if not given.exists() or given.is_dir():
        there = "that is a directory" if given.is_dir() else "there is no such file"
        raise ConfigError(f"--gdb-script {shown_path(options.gdb_script)}: {there}.")
    gdb = next(filter(None, map(shutil.which, GDBS)), None)
    if gdb is None:
        raise ConfigError(f"--gdb-script needs {' or '.join(GDBS)}; on Debian: apt-get install gdb-multiarch")
    if debugger.ended is not None:
        write_diagnostics("v7m: the program has ended, so there is nothing for --gdb-script to look at.\n")
        return script_status(session, debugger)
    sys.stdout.flush()
    with _for_gdb(given) as script, server.Listener("127.0.0.1", 0) as listener:
        with subprocess.Popen(_command(gdb, options, script, listener.address), stdin=subprocess.DEVNULL) as process:
            try:
                _serve_until_it_ends(listener, make, process)
            finally:
                process.kill() if process.poll() is None else None
        if process.returncode:
            write_diagnostics(f"v7m: GDB has ended with status {process.returncode}: a command failed.\n")
            return USAGE
    return script_status(session, debugger)


def _serve_until_it_ends(listener: server.Listener, make: server.MakeSession, process: subprocess.Popen[bytes]) -> None:
    """Serve GDB as often as it connects."""
    while process.poll() is None:
        client = listener.accept(timeout=0.1)
        if client is None:
            continue
        try:
            server.serve(make(client.send), client)
        finally:
            client.close()


@contextmanager
def _for_gdb(given: Path) -> Iterator[str]:
    """Yield the name of a file that GDB can open, as it cannot a shell's pipe (``<(echo bt)``), which is ours."""
    if given.is_file():
        yield str(given)
        return
    with tempfile.NamedTemporaryFile(suffix=".gdb") as copy:
        copy.write(given.read_bytes())
        copy.flush()
        yield copy.name


def _command(gdb: str, options: Options, script: str, address: str) -> list[str]:
    first = f"target remote {address}"
    settings = ("set confirm off", "set pagination off", "set width 0", f"set remotetimeout {TIMEOUT}", first)
    words = [word for command in settings for word in ("-ex", command)]
    return [gdb, "-nx", "-q", "-batch", *words, "-x", script, "--", options.programs[0]]


def script_status(session: Session, debugger: Debugger) -> int:
    """Return the exit status for what the program has come to."""
    machine, reason = session.machine, debugger.reason
    if isinstance(reason, AtFault | ForeignAccess) or machine.last_fault is not None:
        return FAULT
    if debugger.ended is None:
        return SUCCESS
    outcome = outcome_of(machine, debugger.ended)
    return exit_status(debugger.ended, outcome, session.kernel is None, machine.stop_on_reset)
