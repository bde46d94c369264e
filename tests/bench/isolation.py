"""What awareness of a kernel in the guest costs, what ``--isolate`` does, and polls of declared registers.

One machine a run, in processor time of this process; each against the same program without.
"""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path

from bench.cases import alternate, ratio
from bench.measure import Ratio, timed
from bench.sides import BOARD
from bench.workloads import program

from emulator.harness.machine import Machine

_PAGES, _BETWEEN = {"STACK_SIZE": 1024}, {"WORK": 100}
"""Stacks that are whole pages; and some 700 instructions between two switches, as RTEMS executes by itself."""


def run(elf: Path, board: str = BOARD, **options: str) -> float:
    """Return the seconds of a run of ``elf`` to its successful end."""
    with Machine(elf, board=board, **options) as machine:
        inner = machine._session.machine
        if options.get("os") != "none" and "isolate" not in options:
            machine._session.guest.watch_switches()
        results = []
        seconds = timed(lambda: results.append(inner.run()), time.process_time)
        assert getattr(results[0], "code", None) == 0, results[0]
        return seconds


def isolation(rounds: int, size: int) -> list[Ratio]:
    """Kernels that switch in PendSV and in Thread mode: aware, and with each stack closed to the other threads."""
    rows = []
    cases = (
        ("PendSV switches, stacks of pages", "rtos", {"YIELDS": size} | _PAGES, 0.7),
        ("PendSV switches, stacks side by side", "rtos", {"YIELDS": size}, None),
        ("Thread-mode switches, stacks of pages", "dispatch", {"YIELDS": size} | _PAGES | _BETWEEN, 0.7),
        ("Thread-mode switches, stacks side by side", "dispatch", {"YIELDS": size} | _BETWEEN, None),
        ("computing threads with a tick", "rtos", {"YIELDS": size // 10, "COMPUTE": 1, "WORK": 3000} | _PAGES, 0.95),
    )
    for name, source, defines, strict in cases:
        elf = program(source, **defines)
        sides = {
            "alone": partial(run, elf, os="none"),
            "aware": partial(run, elf),
            "strict": partial(run, elf, isolate="strict"),
        }
        found = alternate(sides, rounds)
        rows.append(ratio(f"{name}, aware", "itself", found["aware"], found["alone"], 0.95))
        rows.append(ratio(f"{name}, --isolate", "itself", found["strict"], found["alone"], strict))
    return rows


_DECLARED = """\
extends = "mps2-an386"

[[device]]
type = "registers"
name = "PART"
address = 0x5000_0000

[device.registers]
CR = { offset = 0, reset = 0x83, fields = "ON:0 READY:1", rules = ".READY = .ON after 2 reads" }
SR = { offset = 8, reset = 0x1000 }
"""


def declared(rounds: int, size: int) -> list[Ratio]:
    """A loop that polls a register which a board's file declares, against one that polls a word of RAM."""
    memory, register = (program("poll", WHAT=what, COUNT=size) for what in (6, 7))
    with tempfile.TemporaryDirectory(prefix="v7m-bench-") as folder:
        board = Path(folder) / "declared.toml"
        board.write_text(_DECLARED)
        sides = {"register": partial(run, register, str(board), os="none"), "RAM": partial(run, memory, os="none")}
        found = alternate(sides, rounds)
    return [ratio("polls a declared register", "polls RAM", found["register"], found["RAM"], 1 / 3)]


ISOLATION = {"isolation": (isolation, 20_000), "declared-poll": (declared, 5_000_000)}
