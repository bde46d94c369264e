"""Loops that run away: what the value was that they count from, and what was to end them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from unit.test_why import FAR_STORE, SET_OTHER, SET_WORD, elf, run, why

import v7m
from emulator.diagnosis.definitions import WINDOWS
from emulator.diagnosis.replay import Diverged, Replay

pytestmark = pytest.mark.usefixtures("why")
READ_ONLY_FLASH = (
    "movw r0, #0xed94; movt r0, #0xe000; movs r1, #0; str r1, [r0, #4]; str r1, [r0, #8]; movs r1, #0x17; "
    "movt r1, #0x600; str r1, [r0, #12]; movs r1, #5; str r1, [r0]; isb"
)
END = 0x2001_0000
ROUNDS = END - 0x2000_1040
"""From `other` to the end of the RAM, a byte each time."""


def texts_of(path: Path, functions: dict[str, str]) -> list[str]:
    return [step.text for step in why(path, functions, board="lm3s6965evb")]


def far(path: Path, functions: dict[str, str]) -> list[str]:
    program = elf(path / "program.elf", {**functions, "handler": "b ."})
    return [step.text for step in v7m.run(program, why=True, board="lm3s6965evb", max_instructions=1_000_000).why]


def test_a_loop_that_ran_for_long_tells_where_it_began_and_what_was_to_end_it(tmp_path: Path) -> None:
    """The end of the block is below its beginning, since its length is."""
    assert 2 * WINDOWS[-1] < 4 * ROUNDS
    texts = far(tmp_path, {
        "main": f"{SET_WORD}; mvn r0, #7; str r0, [r1]; bl {{fill}}; b .",
        "fill": f"{SET_WORD}; {SET_OTHER}; ldr r3, [r1]; add r3, r2; "
        "top: cmp r2, r3; beq out; strb r0, [r2], #1; b top; out: bx lr",
    })  # fmt: skip
    assert texts[0].startswith(
        f"the pointer, 0x20010000, was counted from 0x20001040 (other) by fill+0x18, {ROUNDS:,} "
    )
    bound = next(number for number, text in enumerate(texts) if text.startswith("that loop went on at fill"))
    assert "behind cmp r2, r3: r2 held 0x20010000 and r3 held 0x20001038, the last time" in texts[bound]
    assert texts[bound + 1].startswith("the value in r3, 0x20001038, was computed by fill")
    assert texts[bound + 2].startswith("what it was computed from, 0xfffffff8, came from word")
    assert texts[bound + 3].startswith("main+0xc stored 0xfffffff8 to word")


def test_a_counter_that_wrapped_is_told_with_what_it_began_with(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, {
        "main": f"{SET_WORD}; movs r0, #2; str r0, [r1]; bl {{fill}}; b .",
        "fill": f"{SET_WORD}; ldr r3, [r1]; subs r3, #4; movw r2, #0xff00; movt r2, #0x2000; "
        "top: str r0, [r2], #4; subs r3, #4; bne top; bx lr",
    })  # fmt: skip
    bound = next(number for number, text in enumerate(texts) if text.startswith("that loop went on at fill"))
    assert texts[bound + 1].startswith("the value in r3, 0xffffff02, was counted from 0xfffffffe by fill")
    assert ", 63 times, until " in texts[bound + 1]
    assert texts[bound + 2] == "what it began with, 0xfffffffe, was computed by fill+0xa at 8: subs r3, #4"
    assert texts[bound + 3].startswith("what it was computed from, 0x00000002, came from word")


def test_the_beginning_is_that_of_the_inner_loop(tmp_path: Path) -> None:
    """Each row begins anew, the last one near the end of the RAM."""
    texts = texts_of(tmp_path, {
        "main": f"{SET_WORD}; movw r5, #0xffc8; movt r5, #0x2000; row: mov r2, r5; movs r3, #6; "
        "cell: ldr r0, [r2], #4; subs r3, #1; bne cell; adds r5, #24; b row",
    })  # fmt: skip
    assert texts[0].startswith("the pointer, 0x20010000, was counted from 0x2000fff8 by main+0x14, 2 times, until ")
    assert texts[1].startswith("what it began with, 0x2000fff8, was counted from 0x2000ffc8 by main+0x1c, 2 times")


def test_what_is_set_in_the_loop_by_a_call_is_not_counted(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, {
        "main": f"{SET_WORD}; top: bl {{next}}; adds r0, #4; ldr r2, [r0]; b top",
        "next": "ldr r0, [r1]; adds r0, #0; add r0, r0, #0x10000000; str r0, [r1]; bx lr",
    })  # fmt: skip
    assert not any("was counted from" in text and "adds r0, #4" in text for text in texts)


@pytest.mark.parametrize("pure", [False, True])
def test_the_walk_is_the_same_in_pure_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pure: bool) -> None:
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    texts = texts_of(tmp_path, {
        "main": f"{SET_OTHER}; movw r3, #0xffe0; movt r3, #0x2000; top: str r0, [r3], #4; cmp r3, r2; bne top; b .",
    })  # fmt: skip
    assert texts[0].startswith("the pointer, 0x20010000, was counted from 0x2000ffe0 by main+0x10, 8 times, until ")


def test_a_second_run_that_is_another_one_keeps_the_report(tmp_path: Path, capfd: Any, monkeypatch: Any) -> None:
    def diverged(*_: object) -> None:
        raise Diverged("the second run has no such state")

    program = str(elf(tmp_path / "program.elf", FAR_STORE))
    monkeypatch.setattr(Replay, "states_to", diverged)
    found = run(capfd, program)
    assert (found["outcome"], found["exit_status"]) == ("fault", 3)
    assert [step["kind"] for step in found["why"]["steps"]] == ["end"]
    assert "went another way than the first: it cannot tell" in found["why"]["steps"][0]["text"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("movs r3, #0; str r3, [r3, #12]; b .", "write 4 bytes through a NULL pointer to 0x0000000c"),
        ("movs r3, #0; movs r2, #8; strb r3, [r3, r2]; b .", "write 1 byte through a NULL pointer to 0x00000008"),
        ("movs r3, #4; str r3, [r3, #8]; b .", "write 4 bytes to 0x0000000c"),
        ("movs r3, #0; str.w r3, [r3, #0x400]; b .", "write 4 bytes to 0x00000400"),
    ],
)
def test_an_access_through_a_null_pointer_is_told_as_that(tmp_path: Path, code: str, words: str) -> None:
    program = elf(tmp_path / "program.elf", {"main": f"{READ_ONLY_FLASH}; {code}", "handler": "b ."})
    report = v7m.run(program, board="lm3s6965evb", max_instructions=1_000)
    assert f": main tried to {words}" in report.headline
    assert ("An address this low is mostly a NULL pointer." in report.text) == (words == "write 4 bytes to 0x0000000c")


def test_the_sum_that_made_an_address_odd_is_named(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, {
        "main": f"{SET_WORD}; bl {{field}}; ldrd r2, r3, [r0]; b .", "field": "adds r0, r1, #1; adds r0, #4; bx lr",
    })  # fmt: skip
    assert len(texts) == 1
    words = "the pointer was made 0x20001001 of 0x20001000 (word), which is a multiple of 4, by field, called by main"
    assert texts[0].startswith(words) or texts[0].startswith(words.removesuffix(", called by main"))
    assert texts[0].endswith(": adds r0, r1, #1")


def test_a_loop_right_behind_a_push_began_in_the_call_that_it_is_in(tmp_path: Path) -> None:
    """The call before it was made where the stack pointer was as deep as the loop's is now."""
    texts = texts_of(tmp_path, {
        "main": "movw r2, #0x1040; movt r2, #0x2000; sub sp, #8; movs r3, #2; bl {walk}; add sp, #8; "
        "movw r2, #0xfff8; movt r2, #0x2000; movs r3, #9; bl {walk}; b .",
        "walk": "push {{r4, lr}}; top: str r3, [r2], #4; subs r3, #1; bne top; pop {{r4, pc}}",
    })  # fmt: skip
    assert texts[0].startswith("the pointer, 0x20010000, was counted from 0x2000fff8 by walk+0x2")
    assert ", 2 times, until " in texts[0]
