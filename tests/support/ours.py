"""Runs an ELF on this emulator as a bare machine and returns what a test compares, like support.qemu does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from support.guest_run import GuestRun

from emulator.loader import load_images
from emulator.machine.board import Board, largest_gap
from emulator.machine.board_file import load_board
from emulator.machine.build import build_machine
from emulator.machine.machine import Machine
from emulator.machine.semihosting import Semihosting, SemihostingSetup
from emulator.machine.stop import Exited, Lockup, StopReason

DEFAULT_BUDGET = 500_000_000


@cache
def board(name: str) -> Board:
    """Return a board of the package, read once."""
    return load_board(name)


@dataclass(slots=True)
class OurRun:
    """A machine ready to run, and what it has printed on UARTs and by semihosting."""

    machine: Machine
    console: bytearray = field(default_factory=bytearray)
    reason: StopReason | None = None

    def run(self, max_instructions: int = DEFAULT_BUDGET) -> StopReason:
        """Run to the end, or until ``max_instructions`` were executed."""
        self.reason = self.machine.run(max_instructions)
        return self.reason


def machine_for(
    elf: Path,
    board_name: str = "mps2-an386",
    *,
    audit: bool = False,
    lenient: bool = False,
    stdin: bytes = b"",
    loads: Mapping[int, int] | None = None,
) -> OurRun:
    """Return a machine with ``elf`` loaded, one console for everything, semihosting on, ``loads`` as for QEMU."""
    images = load_images([str(elf)])
    machine = build_machine(board(board_name), images, audit=audit, lenient=lenient)
    for address, word in (loads or {}).items():
        machine.poke(address, word.to_bytes(4, "little"))
    if loads:
        machine.reset()
    made = OurRun(machine)
    pending = iter(stdin)
    machine.on_console = lambda channel, data: made.console.extend(data)
    machine.read_input = lambda channel: next(pending, None)
    loaded = [(segment.address, segment.memory_size) for image in images for segment in image.segments]
    machine.semihost = Semihosting(
        SemihostingSetup(
            memory=machine,
            clock=machine.clock,
            frequency=machine.frequency,
            send=lambda channel, data: made.console.extend(data),
            receive=lambda channel: next(pending, None),
            exit=machine.exit,
            command_line=elf.name,
            heap=largest_gap(board(board_name), loaded),
        )
    )
    return made


def run_ours(
    elf: Path,
    board_name: str = "mps2-an386",
    *,
    audit: bool = False,
    stdin: bytes = b"",
    loads: Mapping[int, int] | None = None,
    max_instructions: int = DEFAULT_BUDGET,
) -> GuestRun:
    """Run ``elf`` to its end; see ``machine_for``."""
    made = machine_for(elf, board_name, audit=audit, stdin=stdin, loads=loads)
    reason = made.run(max_instructions)
    code = reason.code if isinstance(reason, Exited) else None
    return GuestRun(bytes(made.console), code, isinstance(reason, Lockup), str(reason))
