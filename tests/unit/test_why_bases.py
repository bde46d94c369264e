"""A pointer that is a number and a large constant: where that was added is where it was made."""

from __future__ import annotations

from pathlib import Path

from unit.test_why import why


def texts(path: Path, functions: dict[str, str]) -> list[str]:
    return [step.text for step in why(path, functions)]


def test_a_base_that_is_added_to_a_small_number_makes_the_pointer(tmp_path: Path) -> None:
    functions = {"main": "movs r0, #3; bl {port}; str r1, [r0]; b .", "port": "add.w r0, r0, #0x60000000; bx lr"}
    assert texts(tmp_path, functions) == [
        "the pointer was computed by port at 2: add.w r0, r0, #0x60000000, which gave 0x60000003"
    ]


def test_what_the_base_was_shifted_to_is_not_said_to_be_it(tmp_path: Path) -> None:
    functions = {
        "main": "movs r0, #0; bl {port}; str r1, [r0]; b .",
        "port": "add.w r0, r0, #0x180000; lsls r0, r0, #10; bx lr",
    }
    assert texts(tmp_path, functions) == [
        "what the pointer was made of was computed by port at 2: add.w r0, r0, #0x180000, which gave 0x00180000"
    ]


def test_a_small_offset_is_no_base(tmp_path: Path) -> None:
    functions = {"main": "mov r0, #0x70000000; bl {next}; str r1, [r0]; b .", "next": "adds r0, #64; bx lr"}
    assert "a constant, 0x70000000, of main" in texts(tmp_path, functions)[0]


def test_a_number_less_a_small_one_is_no_base_either(tmp_path: Path) -> None:
    functions = {"main": "movs r0, #3; bl {next}; str r1, [r0]; b .", "next": "subs r0, #64; bx lr"}
    assert "a constant, 0x00000003, of main" in texts(tmp_path, functions)[0]
