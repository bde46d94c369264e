"""Runs an ELF on this emulator, in this process, and returns what ``run_qemu`` returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from support.guest_run import GuestRun

from emulator.board.board_file import load_board
from emulator.image.loader import load_images
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.machine import Machine
from emulator.machine.stop import Exited, Lockup

MAX_INSTRUCTIONS = 200_000_000


def run_ours(
    elf: Path,
    machine: str = "mps2-an386",
    *,
    stdin: bytes = b"",
    loads: Mapping[int, int] | None = None,
    audit: bool = False,
    max_instructions: int = MAX_INSTRUCTIONS,
    prepare: Callable[[Machine], None] | None = None,
) -> GuestRun:
    """Run ``elf`` on the board ``machine`` until it ends or has executed ``max_instructions``.

    ``stdin`` is the input of the board's console and of semihosting, ``loads`` maps addresses to words that are in
    memory before the program starts. ``prepare`` is called with the machine before it runs.
    """
    board = load_board(machine)
    built = build_machine(board, load_images([elf]), audit=audit)
    connect_semihosting(built, board)
    console = bytearray()
    source = iter(stdin)
    built.on_console = lambda channel, data: console.extend(data)
    built.read_input = lambda channel: next(source, None) if channel in (board.console, "stdin") else None
    for address, word in (loads or {}).items():
        built.poke(address, word.to_bytes(4, "little"))
    if prepare is not None:
        prepare(built)
    reason = built.run(max_instructions)
    code = reason.code if isinstance(reason, Exited) else None
    return GuestRun(bytes(console), code, isinstance(reason, Lockup), str(reason))
