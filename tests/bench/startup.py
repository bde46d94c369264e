"""``python -m tests.bench.startup``: where the time of ``v7m run hello`` goes, as processes that stop on the way.

Each row is a process that goes one step further than the one before; the figure is processor time, which other work on
the machine changes least: the median of alternating rounds, and what the step adds.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.measure import processor_time, timed
from bench.sides import Qemu
from bench.workloads import ROOT, compile_modules, program

END = "import os; os._exit(0)"
STANDARD = "import gc; gc.set_threshold(20_000); import contextlib, ctypes, enum, heapq, mmap, signal"
LIBRARY = f"{STANDARD}; import emulator.engine.unicorn_library"
MODULES = f"{LIBRARY}; import emulator.cli.main, emulator.cli.run"
BOARD = f"{MODULES}; from emulator.board.board_file import load_board; load_board('mps2-an386')"


def main() -> int:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 21
    compile_modules()
    elf = program("hello")
    commands = {
        "python starts and ends": [sys.executable, "-c", END],
        "standard library": [sys.executable, "-c", f"{STANDARD}; {END}"],
        "Unicorn's library is loaded": [sys.executable, "-c", f"{LIBRARY}; {END}"],
        "our modules are imported": [sys.executable, "-c", f"{MODULES}; {END}"],
        "the board is read": [sys.executable, "-c", f"{BOARD}; {END}"],
        "machine built, program run, end": [str(Path(sys.executable).with_name("v7m")), "run", str(elf)],
    }
    sides = {name: _process(command) for name, command in commands.items()}
    peer = Qemu(elf, clock=processor_time)
    times: dict[str, list[float]] = {name: [] for name in (*sides, "QEMU")}
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(timed(side, processor_time))
        times["QEMU"].append(peer())
    before = 0.0
    print(f"{'up to here':<34}{'ms':>6}{'step':>6}")
    for name in sides:
        now = statistics.median(times[name]) * 1e3
        print(f"{name:<34}{now:>6.1f}{now - before:>6.1f}")
        before = now
    print(f"{'QEMU, the same image':<34}{statistics.median(times['QEMU']) * 1e3:>6.1f}")
    return 0


def _process(command: list[str]) -> Callable[[], object]:
    return lambda: subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
