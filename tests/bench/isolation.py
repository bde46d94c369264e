"""What awareness of a kernel in the guest costs, what ``--isolate`` does, and polls of declared registers.

One machine a run, in processor time of this process; each against the same program without.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from bench.cases import alternate, ratio
from bench.measure import Ratio, timed
from bench.sides import BOARD
from bench.workloads import program

from emulator.harness.machine import Machine

_LARGE, _LONG = {"STACK_SIZE": 1024}, {"WORK": 1000}


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
        ("PendSV switches, stacks of pages", "rtos", {"YIELDS": size} | _LARGE, 0.7),
        ("PendSV switches, stacks side by side", "rtos", {"YIELDS": size}, 0.7),
        ("Thread-mode switches, stacks of pages", "dispatch", {"YIELDS": size} | _LARGE, 0.7),
        ("Thread-mode switches, stacks side by side", "dispatch", {"YIELDS": size}, 0.7),
        ("computing threads with a tick", "rtos", {"YIELDS": size // 10, "COMPUTE": 1} | _LONG | _LARGE, 0.95),
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


ISOLATION = {"isolation": (isolation, 20_000)}
