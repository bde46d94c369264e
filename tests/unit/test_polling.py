"""A run that ends while it waits for a register says which, and the lines that let it go on: they do."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_programs import build_elf, exit_with

import v7m

WAIT = """
    movw r1, #{low}
    movt r1, #{high}
    {before}
loop:
    ldr{width} r2, [r1]
    {test}
    {branch} loop
    {after}
"""


def program(
    tmp_path: Path, address: int, test: str, branch: str = "beq", *, width: str = "", before: str = "", after: str = ""
) -> Path:
    path = tmp_path / "waits.elf"
    places = {"low": address & 0xFFFF, "high": address >> 16}
    code = WAIT.format(test=test, branch=branch, width=width, before=before, after=after, **places)
    path.write_bytes(build_elf(code + exit_with(0)))
    return path


def details(path: Path, board: str | Path, **options: bool) -> list[str]:
    result = v7m.run(path, board=board, max_instructions=20_000, why=True, **options)
    assert result.exit_status == 4
    return list(result.details)


def goes_on(tmp_path: Path, path: Path, board: str, lines: list[str], **options: bool) -> bool:
    assert lines[-2].strip() == "[registers]"
    own = tmp_path / "own.toml"
    own.write_text(f'extends = "{board}"\n' + "\n".join(line.strip() for line in lines[-2:]) + "\n")
    return v7m.run(path, board=own, max_instructions=200_000, **options).exit_status == 0


def test_an_absent_register_is_named_and_the_lines_end_the_wait(tmp_path: Path) -> None:
    path = program(tmp_path, 0x5001_0008, "tst r2, #0x40")
    lines = details(path, "generic", lenient=True)
    assert lines[0] == (
        "main+0x8 reads 0x50010008, which the board generic does not declare, over and over; "
        "it is 0x00000000 each time."
    )
    assert lines[1].startswith("With bit 6 set it goes on to the program's end: this was tried")
    assert lines[3].strip() == "AT_50010008 = { address = 0x50010008, writable = 0, reset = 0x40 }"
    assert goes_on(tmp_path, path, "generic", lines, lenient=True)


def test_a_register_of_the_board_is_named_with_its_field(tmp_path: Path) -> None:
    path = program(tmp_path, 0x4002_3800, "tst r2, #0x20000", before="nop")
    lines = details(path, "stm32f407")
    assert lines[0].startswith("main+0xa reads RCC_CR (0x40023800) over and over; it is 0x00000083 each time.")
    assert lines[1].startswith("With bit 17 (HSERDY) set it goes on")
    assert lines[3].strip() == "RCC_CR = { address = 0x40023800, writable = 0, reset = 0x20083 }"
    assert goes_on(tmp_path, path, "stm32f407", lines)


def test_a_byte_that_reads_as_zero_in_a_block_that_is_left_out(tmp_path: Path) -> None:
    path = program(tmp_path, 0x4000_0003, "lsrs r2, r2, #8\n cmp r2, #0", "bne", width="b", before="b loop")
    assert v7m.run(path, board="stm32f407", max_instructions=20_000).exit_status == 0
    path = program(tmp_path, 0x4000_0003, "cmp r2, #3", "bls", width="b")
    lines = details(path, "stm32f407")
    assert lines[0].startswith(
        "main+0x8 reads 0x40000003 of TIM2, which the board stm32f407 does not declare, over and over"
    )
    assert "size = 1" in lines[-1]
    assert goes_on(tmp_path, path, "stm32f407", lines)


def test_a_bit_that_must_first_be_clear_and_then_set(tmp_path: Path) -> None:
    first = "first: ldr r2, [r1]\n tst r2, #8\n bne first"
    path = program(tmp_path, 0x4000_0000, "tst r2, #8", before=first)
    lines = details(path, "stm32f407")
    assert lines[1].startswith("With bit 3 that changes with each read it goes on to the program's end")
    assert "reads = [0, 8], repeats = true" in lines[-1]
    assert goes_on(tmp_path, path, "stm32f407", lines)


def test_a_value_that_leads_to_the_end_is_preferred_to_an_error(tmp_path: Path) -> None:
    path = program(tmp_path, 0x4000_0000, "tst r2, #6", after="tst r2, #4\n bne fine\n bad: b bad\n fine:")
    lines = details(path, "stm32f407")
    assert lines[1].startswith("With bit 2 set it goes on to the program's end")


def test_what_no_value_ends_is_only_named(tmp_path: Path) -> None:
    path = program(tmp_path, 0x4000_0000, "cmp r2, r2", "beq")
    assert details(path, "stm32f407") == [
        "main+0x8 reads 0x40000000 of TIM2, which the board stm32f407 does not declare, over and over; "
        "it is 0x00000000 each time."
    ]


@pytest.mark.parametrize("test", ["ldr r3, [r1, #4]\n cmp r2, #9", "str r2, [r1]\n add r4, r4, #1\n cmp r2, #9"])
def test_other_loops_are_no_wait_for_one_register(tmp_path: Path, test: str) -> None:
    path = program(tmp_path, 0x4000_0000, test, "bne")
    lines = details(path, "stm32f407")
    assert ("reads" in "".join(lines)) == ("str" in test)


def test_the_board_whose_devices_the_program_knows_is_named_where_this_one_has_no_such_register(tmp_path: Path) -> None:
    known = "b over; .balign 4; .word 0x48000000, 0x48000400, 0x48000800, 0x40021000; over:"
    path = program(tmp_path, 0x5001_0008, "tst r2, #0x40", before=known)
    words = "Words of the program are addresses of 4 devices of each of"
    assert details(path, "generic", lenient=True)[1].startswith(words)
