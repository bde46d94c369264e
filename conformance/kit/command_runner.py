"""Runs a program by a command: an emulator with semihosting, whose stdout is the console."""

from __future__ import annotations

import signal

from kit.judge import Outcome
from kit.manifest import Program
from kit.processes import run
from kit.runners import Runner


def run_command(runner: Runner, program: Program, seconds: float) -> Outcome:
    """Return what the command printed and how it ended. Raises KitError when it cannot be started."""
    done = run(runner.words(runner.command, elf=program.elf, machine=runner.machine(program)), seconds)
    said = done.errors.decode("utf-8", "replace")
    lines = tuple(done.output.decode("ascii", "backslashreplace").splitlines())
    return Outcome(lines, _end(runner, done.status, done.ended, said), _last_line(said))


def _end(runner: Runner, status: int | None, ended: str, said: str) -> str:
    if status is None:
        return ended
    if told := runner.told_end(said):
        return told
    if status < 0:
        return f"the runner was ended by {signal.Signals(-status).name}"
    return f"exit {status}"


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else ""
