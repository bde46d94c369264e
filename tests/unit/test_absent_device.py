"""A run that faults at a device or memory that the board has not: what lets it go on, and it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_programs import build_elf, exit_with

import v7m

TOUCH = "movw r1, #{low}; movt r1, #{high}; {access} r2, [r1];"


def touch(address: int, access: str = "ldr") -> str:
    return TOUCH.format(low=address & 0xFFFF, high=address >> 16, access=access)


def program(tmp_path: Path, code: str, after: str = "") -> Path:
    path = tmp_path / "touches.elf"
    path.write_bytes(build_elf(f"{code}{exit_with(0)}\n{after}"))
    return path


def details(path: Path, board: str | Path = "generic") -> list[str]:
    result = v7m.run(path, board=board, max_instructions=100_000, why=True)
    assert result.exit_status == 3
    return [line for line in result.details if "handler" not in line]


@pytest.mark.parametrize("access", ["ldr", "str", "ldrb", "strh"])
def test_the_lines_let_the_program_go_on(tmp_path: Path, access: str) -> None:
    path = program(tmp_path, touch(0x5001_0404, access))
    lines = details(path)
    assert lines == [
        "With zeros there it goes on to the program's end: this was tried, with these lines of a board file.",
        "    [unimplemented]",
        "    AT_50010400 = { address = 0x50010400, size = 0x400 }",
    ]
    own = tmp_path / "own.toml"
    own.write_text('extends = "generic"\n' + "\n".join(line.strip() for line in lines[1:]) + "\n")
    assert v7m.run(path, board=own, max_instructions=100_000).exit_status == 0


def test_a_handler_that_counts_for_ever_hides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "counts.elf"
    path.write_bytes(build_elf(f"{touch(0x5001_0404)}{exit_with(0)}", "again: adds r0, r0, #1; b again"))
    result = v7m.run(path, board="generic", max_instructions=21_000_000, why=True)
    assert any(line.startswith("With zeros there it goes on to the program's end") for line in result.details)


def test_the_next_absent_one_is_named(tmp_path: Path) -> None:
    lines = details(program(tmp_path, touch(0x5001_0404) + touch(0x5002_0000)))
    assert lines[0].startswith(
        "With zeros there it goes on to main+0x12, which wants 0x50020000, where there is nothing"
    )


def test_a_fault_that_follows_is_no_success(tmp_path: Path) -> None:
    lines = details(program(tmp_path, touch(0x5001_0404) + "udf #0;"))
    assert lines[0].startswith("With zeros there it goes on to main+0xa, which faults: this was tried")


@pytest.mark.parametrize("address", [0x6000_0000, 0xDFFF_FFFC])
def test_what_is_outside_of_parts_may_be_memory_and_its_lines_let_the_program_go_on(
    tmp_path: Path, address: int
) -> None:
    path = program(tmp_path, touch(address, "str"))
    lines = details(path)
    assert lines[0] == (
        "With memory there it goes on to the program's end: this was tried, with these lines of a board file."
    )
    assert f"    address = 0x{address & 0xFF00_0000:08x}" in lines
    own = tmp_path / "own.toml"
    own.write_text('extends = "generic"\n' + "\n".join(line.strip() for line in lines[1:]) + "\n")
    assert v7m.run(path, board=own, max_instructions=100_000).exit_status == 0


def test_a_larger_ram_is_tried_where_a_program_uses_what_is_behind_it(tmp_path: Path) -> None:
    path = program(tmp_path, touch(0x2040_3FFC, "str"))
    assert details(path) == ["With --ram 4112K it goes on to the program's end: this was tried."]
    assert v7m.run(path, board="generic", ram="4112K", max_instructions=100_000).exit_status == 0
    assert details(program(tmp_path, touch(0x2500_0000))) == []


@pytest.mark.parametrize("address", [0x3FFF_FFFC, 0xF000_0000])
def test_where_parts_have_nothing_there_is_no_advice(tmp_path: Path, address: int) -> None:
    assert details(program(tmp_path, touch(address))) == []


def test_a_program_that_comes_back_to_the_place_gets_no_advice(tmp_path: Path) -> None:
    again = "back: " + touch(0x5001_0404) + "movw r1, #0; movt r1, #0x5003; cmp r2, #0; bne back;" + "ldr r2, [r1, r2];"
    lines = details(program(tmp_path, again))
    assert len(lines) == 3 and "which wants 0x50030000" in lines[0]


def test_an_instruction_that_wants_one_place_after_the_other_gets_no_advice(tmp_path: Path) -> None:
    walk = "movw r1, #0x404; movt r1, #0x5001; back: ldr r2, [r1]; add r1, r1, #0x400; b back;"
    assert details(program(tmp_path, walk)) == []


def test_the_board_whose_devices_it_knows_is_named(tmp_path: Path) -> None:
    known = ".word 0x48000000, 0x48000400, 0x48000800, 0x40021000"
    path = program(tmp_path, touch(0x4800_0000), after=f".balign 4\n{known}")
    lines = details(path)
    names = "each of stm32f303, stm32g474 and stm32l476"
    assert lines[0] == f"Words of the program are addresses of 4 devices of {names}, fewer than 3 of generic."
    assert lines[1].startswith("With zeros there it goes on to the program's end")
    assert v7m.run(path, board="stm32l476", max_instructions=100_000).exit_status == 0


def test_the_board_is_named_at_places_that_are_of_no_peripheral_too(tmp_path: Path) -> None:
    known = ".word 0x48000000, 0x48000400, 0x48000800, 0x40021000"
    lines = details(program(tmp_path, touch(0xF000_0FE0), after=f".balign 4\n{known}"))
    assert len(lines) == 1 and lines[0].startswith("Words of the program are addresses of 4 devices of each of")
