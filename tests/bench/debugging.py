"""The workloads of the debugger: what it costs a program that it does not stop, and steps over a pipe with GDB."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from bench.measure import Ratio, compare, timed
from bench.sides import BOARD, machine_of
from bench.workloads import program, seconds
from support.gdb import QUIET, ROOT, TIMEOUT, pipe_to
from support.tools import require_tool

from emulator.debugger.debugger import Debugger, complete
from emulator.machine.stop import Exited

NEVER_EXECUTED = ("HardFault_Handler", "MemManage_Handler", "BusFault_Handler", "UsageFault_Handler", "SVC_Handler")
OTHER_PAGE = 0x2001_F000
"""RAM below the stack's top page that the program does not use."""

TIMED_STEPS = (
    "python import time; begin = time.perf_counter()",
    "python gdb.execute('stepi {count}', to_string=True)",
    "python print('seconds', time.perf_counter() - begin)",
)


def debugged(elf: Path, with_points: bool) -> float:
    """Return the seconds of a free run under the debugger: with ten breakpoints that it never comes to, and a watch."""
    machine = machine_of(elf)
    debugger = Debugger(machine)
    if with_points:
        symbols = machine.image.symbols.by_name
        for name in NEVER_EXECUTED:
            for offset in (0, 2):
                debugger.points.add_breakpoint((symbols[name].address & ~1) + offset)
        debugger.points.add_watch("write", OTHER_PAGE, 4)

    def run() -> None:
        reason = complete(debugger.proceed())
        assert isinstance(reason, Exited) and reason.code == 0, reason

    return timed(run)


def points(rounds: int, size: int) -> list[Ratio]:
    """A free run with ten breakpoints that are never hit and a watchpoint on another page, against one without."""
    elf = program("compute", ROUNDS=size)
    return [
        compare("free run with 10 breakpoints, 1 watchpoint", "itself without", lambda: debugged(elf, True),
                lambda: debugged(elf, False), target=0.97, rounds=rounds, unit=seconds),
    ]  # fmt: skip


def stepped(elf: Path, target: str, count: int) -> float:
    """Return the seconds that GDB needs for so many single steps of the program."""
    # What is read and translated once is not counted.
    commands = [f"target remote {target}", f"stepi {count // 10}", *(one.format(count=count) for one in TIMED_STEPS)]
    words = [require_tool("gdb-multiarch"), "-batch", *QUIET, str(elf)]
    for command in commands:
        words += ["-ex", command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT, check=True, cwd=ROOT)
    return float(re.findall(r"^seconds (\S+)$", done.stdout, re.M)[0])


def steps(rounds: int, size: int) -> list[Ratio]:
    """``size`` single steps over a pipe, against QEMU's stub with the same GDB."""
    elf = program("compute", ROUNDS=1)
    options = ("-machine", BOARD, "-nodefaults", "-display", "none", "-S", "-gdb", "stdio")
    peer = "| " + shlex.join([require_tool("qemu-system-arm"), *options, "-kernel", str(elf)])
    return [
        compare(f"{size:,} stepi in GDB over a pipe", "QEMU's stub", lambda: stepped(elf, pipe_to(elf), size),
                lambda: stepped(elf, peer, size), target=1.0, rounds=rounds, unit=seconds),
    ]  # fmt: skip


DEBUGGING = {"debug-points": (points, 60), "stepi": (steps, 1000)}
