"""Every store that a report names as the last one is found again by somebody who only watches the memory.

The report finds it by going back from the fault; here the program runs forwards, and stops in front of each store to
the same bytes. No other store may come between the one that is named and the load that it is named for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from diagnosis.build import board_of, built
from diagnosis.corpus import HERE, load
from diagnosis.run import report_on

import v7m
from emulator.machine.stop import MemoryStored, Watchpoint

pytestmark = pytest.mark.usefixtures("why")
PROGRAMS = (
    "rtems/contacts",
    "rtems/mixed_messages",
    "bare/calibration",
    "bare/console_command",
    "bare/opcode_table",
)
"""None of them sleeps before its fault: virtual time is what has executed."""


def stores(elf: Path, board: str, areas: set[tuple[int, int]]) -> list[tuple[int, int, int, int]]:
    """Return time, PC, address and size of each store to ``areas`` (address and size), in order."""
    found = []
    with v7m.Machine(elf, board=board) as machine:
        for address, size in areas:
            machine.watch(address, size)
        while isinstance(reason := machine.go_on(), Watchpoint | MemoryStored):
            # A copy of the kernel is noticed behind its SVC.
            behind = isinstance(reason, MemoryStored)
            found.append((machine.instructions - behind, reason.pc - 2 * behind, reason.address, reason.size))
    return found


def named_stores(why: dict[str, Any], end: int) -> list[tuple[dict[str, Any], int]]:
    """Return the stores that a report names, each with the time before which it is the last one."""
    named = []
    for step in why["steps"]:
        if step["kind"] == "store" and step["time"] is not None:
            named.append((step, end))
        end = min(end, step["time"] or end)
    return named


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_store_that_is_named_is_the_last_one(name: str) -> None:
    program = load(HERE / f"{name}.c")
    elf = built(program)
    facts = report_on(program, elf).facts
    named = named_stores(facts["why"], facts["fault"]["time"])
    assert named
    areas = {(int(step["address"], 16), step["size"]) for step, _ in named}
    seen = stores(elf, board_of(program), areas)
    for step, end in named:
        first, size = int(step["address"], 16), step["size"]
        before = [
            (time, pc)
            for time, pc, address, length in seen
            if time < end and address < first + size and first < address + length
        ]
        assert before[-1][1] == int(step["pc"], 16), step["text"]
        assert step["time"] - 1 <= before[-1][0] <= step["time"], step["text"]
