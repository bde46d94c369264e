"""The three ways to run a bare image that the benchmarks compare: this emulator, QEMU, and bare Unicorn."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from bench.measure import timed
from support.arm_gcc import build_bare
from support.qemu import qemu_command
from unicorn import UC_ARCH_ARM, UC_HOOK_INTR, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, arm_const

from emulator.board.board import Board
from emulator.board.board_file import load_board
from emulator.cli import cc
from emulator.image.loader import load_images
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.machine import Machine
from emulator.machine.snapshot import Snapshot
from emulator.machine.stop import Exited
from rtems_shim.personality import rtems

BOARD = "mps2-an386"
PROGRAMS = Path(__file__).parent / "programs"


@cache
def board() -> Board:
    """Return the board that everything here runs on, read once."""
    return load_board(BOARD)


def machine_of(elf: Path) -> Machine:
    """Return a machine after reset with ``elf`` loaded and semihosting on; its console goes nowhere."""
    machine = build_machine(board(), load_images([str(elf)]))
    connect_semihosting(machine, board())
    return machine


class Ours:
    """This emulator: machine built and loaded before the clock starts, like a QEMU process is not."""

    def __init__(self, elf: Path, clock: Callable[[], float] = time.perf_counter) -> None:
        self.elf = elf
        self.clock = clock
        self.instructions = 0
        self.python_calls = 0

    def __call__(self) -> float:
        machine = machine_of(self.elf)
        seconds = timed(lambda: run_to_success(machine), self.clock)
        self.instructions = machine.engine.executed
        self.python_calls = machine.engine._shared.python_calls
        return seconds

    def repeat(self, count: int) -> float:
        """Return the seconds of ``count`` runs of one machine, each from the same snapshot."""
        machine = machine_of(self.elf)
        snapshot = Snapshot(machine)

        def all_cases() -> None:
            for _ in range(count):
                snapshot.restore()
                run_to_success(machine)

        return timed(all_cases)


def run_to_success(machine: Machine) -> None:
    """Run until the program ends itself with success."""
    reason = machine.run()
    assert isinstance(reason, Exited) and reason.code == 0, reason


class ShimRun:
    """A shim program of this directory, built by the guest side's own tool, with a kernel attached."""

    def __init__(self, name: str, *, clock: Callable[[], float] = time.perf_counter, **defines: int) -> None:
        self.clock = clock
        self.elf = build_shim(PROGRAMS / f"{name}.c", tuple(f"-D{key}={value}" for key, value in defines.items()))

    def __call__(self) -> float:
        machine = build_machine(board(), load_images([str(self.elf)]))
        machine.personality = rtems(machine)
        return timed(lambda: run_to_success(machine), self.clock)


@cache
def build_shim(source: Path, flags: tuple[str, ...]) -> Path:
    """Build a program against the shim's guest side, once."""
    output = Path(tempfile.mkdtemp(prefix="v7m-bench-")) / f"{source.stem}.elf"
    assert cc.run(["-O2", *flags, str(source), "-o", str(output)]) == 0
    return output


@cache
def qemu_startup(clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds by ``clock`` that QEMU needs to start and end: the median for an image that ends at once."""
    peer = Qemu(build_bare([PROGRAMS / "hello.c", PROGRAMS / "memory.c"], "m4f", "-O2"), clock=clock)
    return statistics.median(peer() for _ in range(9))


class Qemu:
    """qemu-system-arm as a whole process; ``startup`` seconds (of an image that ends at once) are taken off."""

    def __init__(
        self, elf: Path, icount: int | None = None, startup: float = 0.0,
        clock: Callable[[], float] = time.perf_counter, arguments: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.command = [*qemu_command(elf, BOARD, True, icount, {}), *arguments]
        self.startup = startup
        self.clock = clock

    def __call__(self) -> float:
        return timed(self.run, self.clock) - self.startup

    def run(self) -> None:
        """Run the process to its end."""
        subprocess.run(self.command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=300)


class BareUnicorn:
    """Unicorn with default mappings (RWX), no hooks but the one that ends the run at the first BKPT that exits."""

    def __init__(self, elf: Path) -> None:
        self.segments = load_images([str(elf)])[0].segments

    def __call__(self) -> float:
        uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, arm_const.UC_CPU_ARM_CORTEX_M4)
        uc.mem_map(0, 0x40_0000)
        uc.mem_map(0x2000_0000, 0x40_0000)
        uc.mem_map(0xE000_0000, 0x10_0000)
        for segment in self.segments:
            uc.mem_write(segment.address, segment.data)
        state = {"exit": False}

        def on_interrupt(uc: Uc, number: int, data: object) -> None:
            state["exit"] = uc.reg_read(arm_const.UC_ARM_REG_R0) in (0x18, 0x20)
            uc.emu_stop()

        uc.hook_add(UC_HOOK_INTR, on_interrupt)
        sp, pc = (int.from_bytes(uc.mem_read(offset, 4), "little") for offset in (0, 4))
        uc.reg_write(arm_const.UC_ARM_REG_MSP, sp)

        def run() -> None:
            address = pc
            while not state["exit"]:
                uc.emu_start(address | 1, 0)
                address = uc.reg_read(arm_const.UC_ARM_REG_PC) + 2  # on from the semihosting BKPT
            assert state["exit"]

        return timed(run)
