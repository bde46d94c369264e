"""Memory that a part comes with: words in a board file, and the LPC1768's routine that says which part it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_programs import build_elf, exit_with

import v7m
from emulator.board.board_file import load_board
from emulator.errors import ConfigError
from emulator.machine.build import build_machine

ROM = """
extends = "lm3s6965evb"
[[memory]]
name = "rom"
address = 0x0100_0000
size = 0x1000
kind = "rom"
fill = 0xff
"""


def board(tmp_path: Path, more: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(ROM + more)
    return path


def test_words_are_there_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    machine = build_machine(load_board(board(tmp_path, "words_at = 0xff8\nwords = [0x1234_5678, 1]\n")), [])
    assert machine.peek(0x0100_0FF4, 12).hex() == "ffffffff" + "78563412" + "01000000"


@pytest.mark.parametrize(
    "more", ["words_at = 2\nwords = [1]\n", "words_at = 0xffc\nwords = [1, 2]\n", 'option = "ram"\nwords = [1]\n']
)
def test_words_that_do_not_fit_are_a_mistake(tmp_path: Path, more: str) -> None:
    with pytest.raises(ConfigError, match="memory rom: words: must lie in a memory of fixed size"):
        load_board(board(tmp_path, more))


CALL = """
    movw r4, #0x0100; movt r4, #0x1000
    movs r0, #{command}; str r0, [r4]
    mvn r0, #0; str r0, [r4, #32]; str r0, [r4, #36]
    mov r0, r4; add r1, r4, #32
    movw r2, #0x1ff1; movt r2, #0x1fff
    blx r2
    ldr r0, [r4, #32]; ldr r1, [r4, #36]
    movw r2, #{low}; movt r2, #{high}
    cmp r0, #{status}; bne wrong
    cmp r1, r2; bne wrong
    {good}
wrong:
    {bad}
"""


@pytest.mark.parametrize(
    ("command", "status", "result"), [(54, 0, 0x2601_3F37), (55, 0, 0x402), (58, 0, 0x89AB_CDEF), (50, 1, 0xFFFF_FFFF)]
)
def test_in_application_programming_says_which_part_it_is(
    tmp_path: Path, command: int, status: int, result: int
) -> None:
    code = CALL.format(
        command=command, status=status, low=result & 0xFFFF, high=result >> 16, good=exit_with(0), bad=exit_with(1)
    )
    path = tmp_path / "iap.elf"
    path.write_bytes(build_elf(code, stack=0x1000_4000))
    own = tmp_path / "own.toml"
    own.write_text('extends = "lpc1768"\n[[memory]]\nname = "scratch"\naddress = 0x2000_0000\nsize = 0x1000\n')
    assert v7m.run(path, board=own, max_instructions=10_000).exit_status == 0
