"""Whatever is given as a program or a board is refused in one line or runs to a defined end, in bounded time and space.

Seeds are fixed. A case is a good file with a few bytes changed, or random bytes; what is accepted is loaded and run.
"""

from __future__ import annotations

import random
import resource
from collections import Counter
from pathlib import Path

import pytest
from support.mutation import mutated
from support.small_programs import PRINT, build_elf, exit_with

from emulator.board.board_file import load_board
from emulator.errors import ConfigError, ImageError
from emulator.image.elf import read_elf
from emulator.image.hexfile import read_hex
from emulator.image.image import Image
from emulator.image.memory_fit import check_segments_fit, check_vector_table
from emulator.image.rawfile import read_raw
from emulator.machine.build import build_machine, connect_semihosting, load
from emulator.machine.machine import Machine
from emulator.machine.snapshot import Snapshot
from emulator.machine.stop import StopReason

BUDGET = 2000
LONGEST_BLOCK = 600
"""A run ends at the first block boundary after its budget; a block has at most this many instructions."""
MOST_GROWTH = 256 << 10
"""KiB that the host's memory may grow by during a test: the board's memories are there before it."""

BOARD = load_board("mps2-an386")
PROGRAM = build_elf(f"push {{r0, r1}}; {PRINT}; ldr r2, [sp]; {exit_with(0)}", text=b"hello\n\0")


class Bed:
    """A machine that takes one program after the other, and counts how they ended."""

    def __init__(self) -> None:
        self.machine: Machine = build_machine(BOARD, [read_elf(PROGRAM, "good.elf")])
        connect_semihosting(self.machine, BOARD)
        self._snapshot = Snapshot(self.machine)
        self._memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.ends: Counter[str] = Counter()

    def run(self, image: Image) -> None:
        """Load ``image`` as the command does and run it; only ImageError may come out."""
        check_segments_fit([image], BOARD.memory_ranges, BOARD.name)
        check_vector_table([image], BOARD.vector_table, BOARD.name, BOARD.canonical)
        self._snapshot.restore()
        load(self.machine, [image])
        self.machine.reset()
        before = self.machine.engine.clock.executed
        reason = self.machine.run(BUDGET)
        assert isinstance(reason, StopReason)
        assert self.machine.engine.clock.executed - before <= BUDGET + LONGEST_BLOCK
        self.ends[type(reason).__name__] += 1

    def refuse(self, error: Exception) -> None:
        """Count a refusal, which is one line."""
        assert str(error) and "\n" not in str(error)
        self.ends["refused"] += 1

    def check(self) -> None:
        """Both kinds of ends were seen, and the host's memory did not grow by much."""
        assert self.ends["refused"] and sum(self.ends.values()) > self.ends["refused"], self.ends
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self._memory < MOST_GROWTH


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_damaged_elf_files_are_refused_or_run_to_a_defined_end(seed: int) -> None:
    bed, rng = Bed(), random.Random(f"elf {seed}")
    for _ in range(1000):
        try:
            bed.run(read_elf(mutated(PROGRAM, rng), "fuzz.elf"))
        except ImageError as error:
            bed.refuse(error)
    bed.check()
    assert bed.ends["Exited"], "some survive the damage"


def hex_text(data: bytes) -> bytes:
    """Return ``data`` from address 0 on as Intel HEX."""
    lines = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        body = bytes((len(row), at >> 8, at & 0xFF, 0)) + row
        lines.append(":" + (body + bytes((-sum(body) & 0xFF,))).hex().upper())
    return "\n".join([*lines, ":00000001FF", ""]).encode()


def flat() -> bytes:
    """Return the program's memory from address 0 on."""
    image = read_elf(PROGRAM, "good.elf")
    data = bytearray(max(segment.address + len(segment.data) for segment in image.segments))
    for segment in image.segments:
        data[segment.address : segment.address + len(segment.data)] = segment.data
    return bytes(data)


@pytest.mark.timeout(120)
def test_damaged_hex_files_are_refused_or_run_to_a_defined_end() -> None:
    bed, rng = Bed(), random.Random("hex")
    good = hex_text(flat())
    bed.run(read_hex(good, "good.hex"))
    assert bed.ends == {"Exited": 1}
    for case in range(1000):
        data = mutated(good, rng) if case % 2 else hex_text(mutated(flat(), rng))  # the other half: sums that are right
        try:
            bed.run(read_hex(data, "fuzz.hex"))
        except ImageError as error:
            bed.refuse(error)
    bed.check()


@pytest.mark.timeout(120)
def test_damaged_and_random_raw_binaries_are_refused_or_run_to_a_defined_end() -> None:
    bed, rng = Bed(), random.Random("raw")
    for case in range(1000):
        data = rng.randbytes(rng.randrange(1, 2000)) if case % 4 == 0 else mutated(flat(), rng)
        try:
            bed.run(read_raw(data, "fuzz.bin", rng.choice((0, 0, 0, 0x2000_0000, 0xFFFF_FFF0))))
        except ImageError as error:
            bed.refuse(error)
    bed.check()


@pytest.mark.timeout(120)
def test_damaged_board_files_are_refused_or_make_a_board(tmp_path: Path) -> None:
    rng = random.Random("board")
    boards = Path(load_board.__code__.co_filename).parents[1] / "boards"
    sources = [path.read_bytes() for path in sorted(boards.glob("*.toml"))]
    assert len(sources) >= 5
    path, ends = tmp_path / "board.toml", Counter[str]()
    for case in range(1500):
        data = bytearray(rng.choice(sources))
        for _ in range(rng.choice((1, 1, 3))):
            at, kind = rng.randrange(len(data)), rng.randrange(3)
            if kind == 0:
                data[at] = rng.choice(b"0123456789abcdef\"'=[]{}.,_-\n #\xff\0")
            elif kind == 1:
                del data[at : at + rng.choice((1, 5, 40, 400))]
            else:
                data[at:at] = data[rng.randrange(len(data)) :][: rng.choice((1, 8, 80))]
        path.write_bytes(data)
        try:
            board = load_board(str(path))
            if case % 10 == 0 and sum(memory.size for memory in board.memories) <= 64 << 20:
                build_machine(board, [read_elf(PROGRAM, "good.elf")])
            ends["board"] += 1
        except (ConfigError, ImageError) as error:
            assert str(error) and "\n" not in str(error)
            ends["refused"] += 1
    assert min(ends["board"], ends["refused"]) > 100, ends
