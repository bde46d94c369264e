"""What was read past the end of the object whose address a function was given; blocks of the heap as they were got."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.test_why import SET_WORD, why

from emulator.diagnosis.recursion import LEAST_ROUNDS, _round
from emulator.trace.backtrace import FrameSpan

pytestmark = pytest.mark.usefixtures("why")


def test_what_is_behind_the_object_that_a_function_was_given_leads_to_who_gave_it(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r0, r1; bl {{serve}}; b .",
        "serve": "mov r4, r0; ldr r3, [r4, #64]; blx r3; b .",
    })  # fmt: skip
    assert "came from other (0x20001040), 60 bytes past the end of word, which has 4 bytes: serve" in steps[0].text
    assert steps[1].text.startswith("the address that it was read through is a constant, 0x20001000, of main")


@pytest.mark.parametrize("offset", ["0", "3"])
def test_what_is_in_that_object_leads_to_who_stored_it(tmp_path: Path, offset: str) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1]; str r0, [r1, #4]; mov r0, r1; bl {{serve}}; b .",
        "serve": f"mov r4, r0; ldrb r3, [r4, #{offset}]; ldr r3, [r4]; ldr r3, [r3]; b .",
    })  # fmt: skip
    assert not any("past the end" in step.text for step in steps) and steps[1].kind == "store"


def test_a_constant_of_the_function_that_reads_is_no_mistake(tmp_path: Path) -> None:
    steps = why(tmp_path, {
        "main": f"{SET_WORD}; mov r0, #0x70000000; str r0, [r1, #64]; mov r4, r1; ldr r3, [r4, #64]; ldr r3, [r3]; b .",
    })  # fmt: skip
    assert not any("past the end" in step.text for step in steps) and steps[1].kind == "store"


@pytest.mark.parametrize("is_cleared", [False, True])
def test_a_block_that_was_got_and_not_stored_to_holds_what_was_there(tmp_path: Path, is_cleared: bool) -> None:
    clear = "str r1, [r0, #8]" if is_cleared else "nop"
    steps = why(tmp_path, {
        "main": "movs r0, #16; bl {malloc}; mov r4, r0; mov r1, #0x70000000; str r1, [r4, #8]; bl {drop}; "
        f"movs r0, #16; bl {{malloc}}; mov r1, #0x60000000; {clear}; ldr r3, [r0, #8]; str r0, [r3]; b .",
        "drop": "push {{r4, lr}}; mov r0, r4; bl {free}; pop {{r4, pc}}",
        "malloc": "movw r0, #0x2000; movt r0, #0x2000; bx lr",
        "free": "bx lr",
    })  # fmt: skip
    assert steps[-1].kind == "memory" and "got anew from malloc" in steps[-1].text
    assert steps[-1].text.endswith("; nothing has stored there since: what was there before is left") != is_cleared


def spans_of(calls: list[int]) -> list[FrameSpan]:
    return [FrameSpan(pc, 0x2000_0000 + 8 * place, 0x2000_0008 + 8 * place, False) for place, pc in enumerate(calls)]


def test_the_calls_that_go_round_are_those_that_are_on_the_stack_most_often() -> None:
    assert _round(spans_of([0x90, *[0x10, 0x20] * LEAST_ROUNDS, 0x30])) == (1, 3, 2 * LEAST_ROUNDS - 1, LEAST_ROUNDS)
    assert _round(spans_of([0x90, *[0x10, 0x20] * (LEAST_ROUNDS - 1), 0x30])) is None
    assert _round([]) is None
