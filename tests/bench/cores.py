"""What a core file costs: of a run whose memory is full, against writing as many bytes, and of one that used little."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from bench.builds import ROOT
from bench.measure import Ratio, compare, processor_time, timed
from bench.workloads import seconds

from emulator.cli.output_file import OutputFile
from emulator.exports.elf_core import core_bytes, write_core
from emulator.harness.core_file import core_of
from emulator.harness.endless_loop import run_to_end
from emulator.harness.guest_input import GuestInput, no_input
from emulator.harness.session import Session, board_of, open_machine
from emulator.harness.setup import Setup
from emulator.harness.tracing import traced_files
from emulator.machine.stop import StopReason
from emulator.trace.report import build_report

SETUP = Setup((str(ROOT / "firmware" / "prebuilt" / "stack_isolation.elf"),))
FULL = 0x2100_0000
"""The block of 16 MiB, which that program leaves alone."""
FILLING = bytes(range(1, 252))


def make(session: Session, reason: StopReason, folder: Path) -> float:
    """Return the processor seconds of a core file: everything behind the report, which is made anyway."""
    report = build_report(session.machine, reason, session.board.name, session.story)

    def write() -> None:
        with OutputFile(str(folder / "core"), "--core") as file:
            write_core(core_of(session, report, 3, traced_files(SETUP)), file)

    return timed(write, processor_time)


def write_bytes(data: bytes, folder: Path) -> float:
    """Return the processor seconds of writing ``data``."""

    def write() -> None:
        with (folder / "copy").open("wb", buffering=0) as file:
            file.write(data)

    return timed(write, processor_time)


def cores(rounds: int, size: int) -> list[Ratio]:
    """Core files of a program that faults on a board with 24 MiB of memory: ``size`` bytes of it full, and as it is."""
    board = board_of(SETUP)
    with (
        tempfile.TemporaryDirectory() as name,
        open_machine(SETUP, board, GuestInput(no_input), False) as session,
    ):
        reason = run_to_end(session.machine, None)
        report = build_report(session.machine, reason, board.name, session.story)
        core = partial(make, session, reason, Path(name))
        data = core_bytes(core_of(session, report, 3, traced_files(SETUP)))
        peer = partial(write_bytes, data, Path(name))
        usual = compare("core of 24 MiB, nearly all zero", "writing its bytes", core, peer, target=1 / 1.2,
                        rounds=rounds, unit=seconds)  # fmt: skip
        block = next(block for block in session.machine.bus.blocks if block.address == FULL)
        block.view[:size] = (FILLING * (size // len(FILLING) + 1))[:size]
        full = compare(f"core of 24 MiB, {size >> 20} of them full", "writing its bytes", core, peer,
                       target=1 / 1.2, rounds=rounds, unit=seconds)  # fmt: skip
    return [full, usual]


CORES = {"cores": (cores, 16 << 20)}
