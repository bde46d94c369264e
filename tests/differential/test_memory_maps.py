"""The boards' memory maps against what QEMU's monitor shows of its machines: memory, aliases, devices, and the gaps."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from support.small_programs import build_elf
from support.tools import require_tool

from emulator.armv7m.faults import Access
from emulator.board.board_file import load_board
from emulator.image.elf import read_elf
from emulator.machine.build import build_machine
from emulator.machine.machine import Machine

BOARDS = ("mps2-an385", "mps2-an386", "mps2-an500", "lm3s6965evb")
ABSENT_HERE = {"lan9118-mmio", "stellaris_enet"}
"""Devices that QEMU has and docs/boards.md says are absent here."""

PRIVATE = 0xE000_0000
LINE = re.compile(r"^ +([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, (ram|rom|i/o)\): ([^@\r]+)")


class Range(NamedTuple):
    """What answers at the addresses ``start`` to ``end``, both included."""

    start: int
    end: int
    kind: str
    name: str


def qemus_ranges(board: str, elf: Path) -> list[Range]:
    """Return what the processor of QEMU's machine ``board`` sees below the Private Peripheral Bus, lowest first."""
    command = [require_tool("qemu-system-arm"), "-machine", board, "-nodefaults", "-nic", "none", "-display", "none"]
    command += ["-S", "-monitor", "stdio", "-kernel", str(elf)]
    done = subprocess.run(command, input=b"info mtree -f\nquit\n", capture_output=True, timeout=60, check=True)
    view = done.stdout.decode().split('AS "cpu-memory-0"')[1].split("FlatView")[0]
    found = [LINE.match(line) for line in view.splitlines()]
    ranges = [Range(int(m[1], 16), int(m[2], 16), m[3], m[4].strip()) for m in found if m is not None]
    return [row for row in ranges if row.start < PRIVATE]


def kind_here(machine: Machine, address: int) -> str:
    """Return what answers at ``address``: ``ram``, ``rom``, ``i/o`` or nothing."""
    if machine.check(address, 1, Access.READ, True) is not None:
        return "nothing"
    page = machine.memory_page(address & -1024)
    return "i/o" if page is None else "ram" if page[1] else "rom"


@pytest.mark.parametrize("board", BOARDS)
def test_what_answers_where_is_what_qemu_shows(board: str, tmp_path: Path) -> None:
    elf = tmp_path / "a.elf"
    elf.write_bytes(build_elf("b ."))
    machine = build_machine(load_board(board), [read_elf(elf.read_bytes(), "a.elf")])
    ranges = qemus_ranges(board, elf)
    assert len(ranges) > 25
    free = 0
    for row in ranges:
        expected = "nothing" if row.name in ABSENT_HERE else row.kind
        for address in (row.start, (row.start + row.end) // 2, row.end):
            assert kind_here(machine, address) == expected, f"{row} at {address:#010x}"
        for address in {free, (free + row.start) // 2, row.start - 1} if row.start > free else ():
            assert kind_here(machine, address) == "nothing", f"in front of {row} at {address:#010x}"
        free = row.end + 1
    for address in (free, (free + PRIVATE) // 2, PRIVATE - 1):
        assert kind_here(machine, address) == "nothing", f"behind everything at {address:#010x}"


@pytest.mark.parametrize("board", [name for name in BOARDS if name.startswith("mps2")])
def test_aliases_are_of_the_memory_that_qemu_shows_there(board: str, tmp_path: Path) -> None:
    elf = tmp_path / "a.elf"
    elf.write_bytes(build_elf("b ."))
    machine = build_machine(load_board(board), [read_elf(elf.read_bytes(), "a.elf")])
    by_name: dict[str, list[Range]] = {}
    for row in qemus_ranges(board, elf):
        if row.kind == "ram":
            by_name.setdefault(row.name, []).append(row)
    assert any(len(rows) > 1 for rows in by_name.values())
    for number, rows in enumerate(by_name.values(), 1):
        machine.poke(rows[0].end - 3, number.to_bytes(4, "little"))
        assert {machine.peek(row.end - 3, 4) for row in rows} == {number.to_bytes(4, "little")}
