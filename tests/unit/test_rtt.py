"""SEGGER RTT as a channel: own programs with a control block in their RAM, whole and damaged."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from support.small_programs import build_elf, exit_with

import v7m
from emulator.cli.main import main
from emulator.harness.rtt import PERIOD

BLOCK, PLACE, SIZE = 0x2000_0100, 0x2000_0200, 16
MARK = b"SEGGER RTT" + bytes(6)
TEXT = b"the first of many words\nwhich are longer than its buffer\n"


def block(place: int = PLACE, size: int = SIZE, written: int = 0, read: int = 0, buffers: int = 1) -> bytes:
    return MARK + struct.pack("<8I", buffers, 0, 0, place, size, written, read, 2)


COPY = """
    movw r0, #0x400; movw r1, #0x100; movt r1, #0x2000; movs r2, #{words}
copy: ldr r3, [r0], #4; str r3, [r1], #4; subs r2, r2, #1; bne copy;
    movw r1, #0x100; movt r1, #0x2000; movw r4, #0x200; movt r4, #0x2000
"""
SEND = """
next: ldrb r5, [r0], #1; cbz r5, sent
    ldr r6, [r1, #36]; strb r5, [r4, r6]; adds r6, #1; and r6, r6, #15
wait: ldr r7, [r1, #40]; cmp r7, r6; beq wait
    str r6, [r1, #36]; b next
sent:
"""
"""Sends what is at r0 through a buffer of 16 bytes, and waits while that is full: nothing but a host makes it empty."""


def program(tmp_path: Path, code: str, control: bytes | None = None) -> Path:
    control = block() if control is None else control
    path = tmp_path / "sends.elf"
    path.write_bytes(build_elf(COPY.format(words=len(control) // 4) + code, text=control + TEXT + bytes(4)))
    return path


@pytest.mark.parametrize("pure", ["", "1"])
def test_a_program_that_waits_for_its_host_gets_one(tmp_path: Path, monkeypatch, pure: str) -> None:
    monkeypatch.setenv("V7M_PURE_PYTHON", pure)
    path = program(tmp_path, SEND + exit_with(0))
    result = v7m.run(path, channel="rtt0", max_instructions=500_000, trace=True)
    assert (result.console, result.exit_status) == (TEXT.decode(), 0)
    assert v7m.run(path, max_instructions=100_000).exit_status == 4


def test_both_halves_take_it_at_the_same_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, traces = program(tmp_path, SEND + exit_with(0)), []
    for pure in ("", "1"):
        monkeypatch.setenv("V7M_PURE_PYTHON", pure)
        traces.append(v7m.run(path, channel="rtt0", max_instructions=500_000, trace=True).trace)
    assert traces[0] == traces[1]


def test_what_is_left_when_a_program_sleeps_for_ever_is_shown_and_nothing_wakes_it(tmp_path: Path) -> None:
    path = program(tmp_path, "movs r6, #9; str r6, [r1, #36]; wfi; b .", block() + bytes(SIZE))
    quiet = v7m.run(path, max_instructions=1_000_000)
    heard = v7m.run(path, channel="rtt0", max_instructions=1_000_000)
    assert (heard.console, heard.instructions, heard.time) == ("\0" * 9, quiet.instructions, quiet.time)
    assert heard.headline == quiet.headline and heard.exit_status == 4


def test_a_sleep_that_a_device_ends_is_as_long_as_without_a_host(tmp_path: Path) -> None:
    ticks = "movw r2, #0xe010; movt r2, #0xe000; movw r3, #0xf423; movt r3, #0; str r3, [r2, #4]; movs r3, #7;"
    path = program(tmp_path, ticks + "str r3, [r2]; movs r6, #3; str r6, [r1, #36]; wfi;" + exit_with(0))
    handled = build_elf(
        COPY.format(words=14) + ticks + "str r3, [r2]; movs r6, #3; str r6, [r1, #36]; wfi;" + exit_with(0),
        "bx lr",
        text=block() + TEXT,
    )
    path.write_bytes(handled)
    quiet, heard = v7m.run(path), v7m.run(path, channel="rtt0")
    assert quiet.time == heard.time > 6 * PERIOD
    assert (heard.console, heard.exit_status) == ("\0" * 3, 0)


def test_a_machine_that_runs_again_has_a_host_again(tmp_path: Path) -> None:
    with v7m.Machine(program(tmp_path, SEND + exit_with(0)), channel="rtt0") as machine:
        first = machine.run(max_instructions=500_000)
        machine.reset()
        second = machine.run(max_instructions=500_000)
    assert first.console == second.console == TEXT.decode()
    assert first.instructions == second.instructions


@pytest.mark.parametrize(
    "control",
    [
        block(size=0, written=3),
        block(size=0xFFFF_FFFF, written=0xFFFF_FFF0),
        block(written=20),
        block(read=16, written=1),
        block(place=0xFFFF_FFF8, written=15),
        block(place=0x9000_0000, written=5),
        block(buffers=0, written=5),
        block(buffers=0xFFFF_FFFF, written=5),
        b"SEGGER RTT\0\0\0\0\0\1" + block(written=5)[16:],
    ],
)
def test_a_damaged_block_is_left_alone(tmp_path: Path, control: bytes) -> None:
    result = v7m.run(program(tmp_path, "b .", control), channel="rtt0", max_instructions=3 * PERIOD)
    assert (result.console, result.exit_status) == ("", 4)


def test_what_a_program_left_for_a_debugger_is_mentioned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = program(tmp_path, "movs r6, #9; str r6, [r1, #36];" + exit_with(0))
    assert main(["run", str(path)]) == 0
    words = "9 bytes are in the program's first RTT buffer; --channel rtt0 shows what it sends there"
    assert capsys.readouterr().err == f"v7m: {words}.\n"
    assert main(["run", str(path), "--channel", "rtt0"]) == 0
    assert capsys.readouterr() == ("\0" * 9, "")
