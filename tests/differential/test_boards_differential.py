"""Programs that drive the boards' devices print the same on QEMU and here, and end with the same code."""

from __future__ import annotations

import subprocess
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from support.arm_gcc import MACHINES, build_bare
from support.tools import require_tool

from emulator.board.board_file import load_board
from emulator.image.loader import load_images
from emulator.machine.build import build_machine, connect_semihosting
from emulator.machine.stop import Exited

DEVICES = Path(__file__).parent / "devices"
INPUT = b"!polled line by interrupt\nrest"
QEMUS_OWN = ("qemu-system-arm: warning:", "Timer with period zero")
MOST_INSTRUCTIONS = 50_000_000
MPS2 = [(name, core) for name in ("mps2_uart", "mps2_timers", "mps2_fpga") for core in MACHINES]


class Output(NamedTuple):
    """What a program wrote to its UART and, as lines, by semihosting, and how it ended."""

    uart: bytes
    lines: list[str]
    code: int | None


def on_qemu(elf: Path, board: str, reads_input: bool) -> Output:
    """Run on QEMU with the UART on stdio, so that semihosting writes to stderr.

    Without input QEMU's time counts instructions. Input needs the host's time, and comes slowly: QEMU leaves what is
    there before a UART is enabled, or while its buffer is full, until it has another reason to look.
    """
    command = [require_tool("qemu-system-arm"), "-machine", board, "-nodefaults", "-nic", "none", "-display", "none"]
    command += ["-serial", "stdio", "-semihosting-config", "enable=on,target=native", "-kernel", str(elf)]
    command += [] if reads_input else ["-icount", "shift=5,sleep=off"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            for byte in INPUT if reads_input else b"":
                time.sleep(0.02)
                process.stdin.write(bytes((byte,)))
                process.stdin.flush()
        try:
            out, words = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    lines = [line for line in words.decode().splitlines() if not line.startswith(QEMUS_OWN)]
    return Output(out, lines, process.returncode)


def here(elf: Path, board_name: str, data: bytes = INPUT) -> Output:
    """Run on this emulator, with ``data`` as the input on the board's console."""
    board = load_board(board_name)
    machine = build_machine(board, load_images([elf]))
    sent: dict[str, bytearray] = defaultdict(bytearray)
    pending = iter(data)
    machine.on_console = lambda channel, data: sent[channel].extend(data)
    machine.read_input = lambda channel: next(pending, None) if channel == board.console else None
    connect_semihosting(machine, board)
    reason = machine.run(MOST_INSTRUCTIONS)
    code = reason.code if isinstance(reason, Exited) else None
    return Output(bytes(sent[board.console]), sent["stdout"].decode().splitlines(), code)


def compare(elf: Path, board: str, reads_input: bool) -> None:
    ours, qemus = here(elf, board), on_qemu(elf, board, reads_input)
    assert ours.lines == qemus.lines
    assert ours.uart == qemus.uart
    assert ours.code == qemus.code == 0


@pytest.mark.parametrize(("name", "core"), MPS2, ids=lambda value: str(value))
def test_a_program_for_mps2_devices_prints_what_it_prints_on_qemu(name: str, core: str) -> None:
    elf = build_bare([DEVICES / f"{name}.c"], core, flags=[f"-I{DEVICES}"])
    compare(elf, MACHINES[core], reads_input=name == "mps2_uart")


def test_a_program_for_stellaris_devices_prints_what_it_prints_on_qemu() -> None:
    elf = build_bare([DEVICES / "lm3s.c"], "m3", layout="lm3s.ld", flags=[f"-I{DEVICES}"])
    compare(elf, "lm3s6965evb", reads_input=True)


DIFFERENT_AT_RESET = {
    "mps2": {
        range(0x4000_8004, 0x4000_8008): "the watchdog stands still until INTEN is set; QEMU's counts from reset",
        range(0x4001_0000, 0x4001_4000): "QEMU has no GPIO",
        range(0x4002_2000, 0x4002_4000): "QEMU's I2C reads as ones where it has no register",
        range(0x4002_8010, 0x4002_8020): "counters of the FPGAIO run with the host's time on QEMU",
        range(0x4002_9000, 0x4002_B000): "QEMU's I2C reads as ones where it has no register",
    },
    "lm3s": {range(0x400F_E1E0, 0x400F_E1E8): "USER_REG holds the MAC address; QEMU has no network here"},
}
"""Words that are known not to read the same, by what docs/boards.md says."""


@pytest.mark.parametrize("board", ["mps2-an385", "mps2-an500", "lm3s6965evb"])
def test_every_word_of_every_device_reads_at_reset_as_on_qemu(board: str) -> None:
    core, family = next((c for c, m in MACHINES.items() if m == board), "m3"), board[:4]
    layout, flags = ("lm3s.ld", ["-DLM3S"]) if family == "lm3s" else ("mps2.ld", [])
    elf = build_bare([DEVICES / "reset_values.c"], core, layout=layout, flags=flags)
    ours, qemus = here(elf, board, b""), on_qemu(elf, board, reads_input=False)
    assert ours.code == qemus.code == 0
    words = [dict(line.split() for line in output.lines) for output in (ours, qemus)]
    assert len(words[0]) > 100
    for address in sorted(words[0].keys() | words[1].keys()):
        if words[0].get(address) != words[1].get(address):
            known = [why for places, why in DIFFERENT_AT_RESET[family].items() if int(address, 16) in places]
            assert known, f"{address}: {words[0].get(address)} here, {words[1].get(address)} on QEMU"
