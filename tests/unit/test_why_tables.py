"""What leads beside a table, what a library function was asked for, and locals of functions that have returned."""

from __future__ import annotations

from pathlib import Path

from unit.test_why import SET_OTHER, SET_WORD, why


def test_an_index_in_front_of_its_table_is_followed(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"bl {{choose}}; {SET_OTHER}; lsls r0, r0, #2; adds r2, r2, r0; ldr r3, [r2]; blx r3; b .",
        "choose": "mvn r0, #2; bx lr",
    })  # fmt: skip
    assert "came from 0x20001034, 12 bytes in front of other: " in steps[0].text
    assert steps[1].text.startswith("the offset -12 was made of a constant, 0xfffffffd, of choose")


def test_a_constant_that_leads_to_another_object_is_no_index(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1, #0x40]; movs r2, #0x40; ldr r3, [r1, r2]; ldr r3, [r3]",
    })  # fmt: skip
    assert "came from other (0x20001040): " in steps[0].text and steps[1].kind == "store"


def test_a_wild_pointer_with_a_small_index_is_no_index(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1]; ldr r2, [r1]; movs r4, #64; ldr r3, [r2, r4, lsl #2]",
    })  # fmt: skip
    assert steps[0].text.startswith("the pointer, 0x70000000, came from word")


def test_a_wild_pointer_is_none_of_its_index_also_where_the_index_would_be_an_address(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1]; ldr r2, [r1]; movw r4, #0x2000;"
        " ldr r3, [r2, r4, lsl #2]",
    })  # fmt: skip
    assert steps[0].text.startswith("the pointer, 0x70000000, came from word")


def test_what_a_library_function_was_asked_for_is_told_where_the_number_is_wrong(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r0, r1; movw r1, #0xffe0; movt r1, #0x2000; bl {{size}}; b .",
        "size": "mvn r2, #0; b {memcpy}",
        "memcpy": "ldrb r3, [r1], #1; strb r3, [r0], #1; subs r2, #1; bne {memcpy}; bx lr",
    }, board="lm3s6965evb")  # fmt: skip
    asked = "copy 4,294,967,295 bytes (0xffffffff, which is -1) from 0x2000ffe0 to word (0x20001000)"
    assert f"had memcpy {asked}" in steps[0].text
    assert steps[1].text.startswith("the number of bytes is a constant, 0xffffffff, of size")


def test_a_pointer_that_is_wrong_from_the_beginning_is_no_wrong_number(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": "mov r1, #0x70000000; mov r0, r1; movs r2, #8; bl {memcpy}; b .",
        "memcpy": "ldrb r3, [r1], #1; strb r3, [r0], #1; subs r2, #1; bne {memcpy}; bx lr",
    })  # fmt: skip
    assert steps[0].text.startswith("the pointer is a constant, 0x70000000, of main")


STALE = {
    "main": f"push {{{{r4}}}}; bl {{keep}}; bl {{after}}; {SET_WORD}; ldr r3, [r1]; ldr r3, [r3]; ldr r3, [r3]; b .",
    "keep": f"sub sp, #16; {SET_WORD}; mov r2, sp; str r2, [r1]; add sp, #16; bx lr",
    "after": "mov r0, #0x70000000; push {{r0, r1}}; push {{r0, r1}}; add sp, #16; bx lr",
}


def test_a_local_is_gone_when_its_function_has_returned_however_deep_the_stack_is_again(tmp_path: Path) -> None:
    """The word is another function's, and so is the last store; the pointer that led there is followed, too."""
    steps = why(tmp_path, STALE)
    gone = next(step.text for step in steps if "the address of a local" in step.text)
    assert "the address of a local of keep+0x" in gone and ", which has returned, taken at" in gone
