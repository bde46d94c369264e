"""Runs a program through GDB and a stub, of an emulator or of a part: no semihosting, no console needed.

GDB loads the ELF, stops at conformance_end and writes conformance_report, which holds the console, to a file.
"""

from __future__ import annotations

import re
import socket
import struct
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from kit.elf import END, REPORT, Elf
from kit.errors import KitError
from kit.judge import Outcome
from kit.manifest import Program
from kit.processes import Beginning, Finished, child, run
from kit.runners import Runner

_CONNECTING = 15
"""Seconds that GDB tries to connect to a server that needs some to start."""
_BEGINNING = Beginning(b"<starts>", 2 * _CONNECTING)
_GRACE = 10
"""Seconds that GDB has, after Ctrl-C at the time limit, to read the report."""

_MAGIC = 0x4E4F4352
_HEADER = struct.Struct("<IIiI")
_DFSR, _VTOR, _DHCSR = 0xE000_ED30, 0xE000_ED08, 0xE000_EDF0
_S_LOCKUP = 1 << 19
_QUIET = ("set pagination off", "set confirm off", "set width 0", "set remotetimeout 10")


def run_gdb(runner: Runner, program: Program, seconds: float) -> Outcome:
    """Return the console that the program left in memory and how it ended.

    Raises KitError when GDB or the server cannot be started, or GDB cannot connect or load.
    """
    elf = Elf(program.elf)
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-")))
        copy = place / program.elf.name
        copy.write_bytes(elf.without_semihosting())
        values = {"elf": copy, "machine": runner.machine(program), "port": _free_port()}
        log = stack.enter_context((place / "server").open("w+b"))
        if runner.server:
            server = runner.words(runner.server, **values)
            stack.enter_context(child(server, log.fileno(), subprocess.STDOUT))
        target = runner.words([runner.target], **values)[0]
        commands = _commands(runner, elf, target, place / "report")
        words = [word for command in commands for word in ("-ex", command)]
        done = run([runner.gdb, "-nx", "-batch", *words, str(copy)], seconds, _GRACE, _BEGINNING)
        log.seek(0)
        said = log.read(1 << 16).decode("utf-8", "replace")
        return _outcome(runner, elf, target, done, place / "report", said)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _commands(runner: Runner, elf: Elf, target: str, report: Path) -> list[str]:
    begin = elf.symbol(REPORT)
    vectors = elf.symbol("vectors").address
    start = [] if runner.reset else [
        f"set $sp = {elf.symbol('stack_top').address}",
        f"set $pc = {elf.entry}",
        "set $xpsr = 0x01000000",
        f"set {{unsigned int}}{_VTOR} = {vectors}",
    ]  # fmt: skip
    return [
        *(*_QUIET, f"set tcp connect-timeout {_CONNECTING}"),
        f"set tcp auto-retry {'on' if runner.server else 'off'}",
        "handle all nostop noprint pass",  # a stub that shows faults of the guest as signals
        f"target extended-remote {target}",
        'printf "<connected %#x>\\n", (unsigned int)$pc',
        *runner.before_load,
        "load",
        *runner.after_load,
        *start,
        f"set {{unsigned int}}{begin.address} = 0",
        f"set {{unsigned int}}{_DFSR} = 31",  # what the debugger's own halts have left there
        f"hbreak *{elf.symbol(END).address}",
        "echo <starts>\\n",
        "continue",
        "echo <stopped>\\n",
        f'printf "<DHCSR %#x>\\n", *(unsigned int *){_DHCSR}',
        'printf "<PC %#x>\\n", (unsigned int)$pc',
        f"dump binary memory {report} {begin.address} {begin.address + begin.size}",
        "disconnect",
    ]


def _outcome(runner: Runner, elf: Elf, target: str, done: Finished, report: Path, server: str) -> Outcome:
    said = done.output.decode("utf-8", "replace") + done.errors.decode("utf-8", "replace")
    if "<connected" not in said:
        why = re.search(r"Connection (refused|timed out)[^\n]*", said)
        raise KitError(
            f"runner {runner.name}: GDB cannot connect to {target}: {why[0] if why else _last(server + said)}"
        )
    if told := runner.told_end(server + said):
        return Outcome((), told, _last(server))
    if "Load failed" in said or "Transfer rate" not in said:
        raise KitError(f"runner {runner.name}: GDB cannot load {elf.path.name}: {_last(said)}")
    if not report.exists():
        return Outcome((), "the report could not be read", _last(said))
    magic, ended, code, used = _HEADER.unpack_from(report.read_bytes())
    text = report.read_bytes()[_HEADER.size :][:used] if magic == _MAGIC else b""
    lines = tuple(text.decode("ascii", "backslashreplace").splitlines())
    if magic == _MAGIC and ended:
        return Outcome(lines, f"exit {code}")
    return Outcome(lines, _end(said, done.ended), _last(said))


def _end(said: str, late: str) -> str:
    """Return how a program ended that did not come to its end."""
    status = re.search(r"<DHCSR (\w+)>", said)
    place = re.search(r"<PC (\w+)>", said)
    if status and int(status[1], 0) & _S_LOCKUP:
        return "lockup"
    return late or f"stopped at {place[1] if place else 'an unknown address'}"


def _last(said: str) -> str:
    """Return the line that says what happened, or the last one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if re.match(r"Program (received|terminated)|Remote|.*([Ee]rror|[Cc]annot)", line)]
    return (telling or lines or ["it said nothing"])[-1]
