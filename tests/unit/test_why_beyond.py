"""A store past the end of an object tells which one its address was made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.test_why import SET_OTHER, SET_WORD, why

pytestmark = pytest.mark.usefixtures("why")
FAULTS = f"{SET_OTHER}; ldr r3, [r2]; str r0, [r3]; b ."
WILD = "mov r0, #0x70000000"


def texts_of(path: Path, main: str) -> list[str]:
    steps = why(path, {"main": f"{WILD}; {SET_WORD}; {main}; {FAULTS}"}, board="lm3s6965evb")
    return [step.text for step in steps]


def test_a_loop_that_began_in_another_object_is_told(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, "movs r5, #17; top: str r0, [r1], #4; subs r5, #1; bne top")
    assert texts[1].startswith("main+0xe stored 0x70000000 to other")
    assert texts[-1] == (
        "the loop at main+0xe had begun with word (0x20001000): 0x20001040 (other) is 60 bytes past the end of word"
    )


def test_a_loop_with_an_index_that_is_counted_is_told_too(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, "movs r5, #0; top: str r0, [r1, r5, lsl #2]; adds r5, #1; cmp r5, #17; bne top")
    assert texts[-1].startswith("the loop at main+0xe had begun with word (0x20001000): 0x20001040 (other) is 60 ")


def test_an_index_that_leads_past_its_object_is_told(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, "str r1, [sp, #-4]!; ldrh r5, [sp], #4; lsrs r5, r5, #8; str r0, [r1, r5, lsl #2]")
    assert texts[-1] == "0x20001040 (other) is 60 bytes past the end of word: the index was 16"


@pytest.mark.parametrize(
    "main",
    [
        "str r0, [r1, #64]",
        "movs r5, #16; str r0, [r1, r5, lsl #2]",
        "movs r5, #5; add r1, #48; top: str r0, [r1], #4; subs r5, #1; bne top",
        "movs r5, #5; top: str r0, [r1, #64]; add r1, #4; subs r5, #1; bne top",
    ],
    ids=["an offset", "a constant", "a loop that began nowhere", "two objects in one loop"],
)
def test_an_address_that_is_made_of_another_objects_is_no_mistake(tmp_path: Path, main: str) -> None:
    assert not any("past the end" in text for text in texts_of(tmp_path, main))
