"""A word that is changed again and again: how often, by whom, and the updates that were lost between load and store."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.test_why import SET_WORD, SYST, WORD, why

from emulator.diagnosis import accumulation

pytestmark = pytest.mark.usefixtures("why")
BEGIN = f"{SET_WORD}; mov r2, #0x70000000; str r2, [r1]; movs r5, #60"
FAULTS = "ldr r3, [r1]; str r0, [r3]; b ."
ADDS = "ldr r2, [r1]; adds r2, #1; b far; far: nop; b off; off: nop; str r2, [r1]"
"""Interrupts are taken between two blocks."""
TICK = f"push {{{{r1, r2}}}}; {SET_WORD}; ldr r2, [r1]; adds r2, #16; str r2, [r1]; pop {{{{r1, r2}}}}; bx lr"


def texts_of(path: Path, main: str, tick: str = TICK) -> list[str]:
    functions = {"main": f"{SYST}; {BEGIN}; {main}; {FAULTS}", "tick": tick}
    return [step.text for step in why(path, functions, systick="tick", board="lm3s6965evb")]


def test_an_update_that_an_interrupt_made_in_between_is_told_as_lost(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, f"top: {ADDS}; subs r5, #1; bne top")
    counted = next(text for text in texts if "was stored to" in text)
    assert (
        counted.startswith(f"word (0x{WORD:08x}) was stored to ")
        and ", by the program and the SysTick handler, " in counted
    )
    assert ", first by main+0x" in counted
    [lost] = [text for text in texts if text.startswith("an update of word (0x20001000) was lost: main+0x")]
    assert " loaded it at " in lost and ", tick+0x" in lost and " stored 0x700000" in lost
    assert " over that at " in lost and " such in all" in lost


@pytest.mark.parametrize(
    "main",
    [
        f"top: cpsid i; {ADDS}; cpsie i; subs r5, #1; bne top",
        "top: ldr r2, [r1]; b far; far: nop; nop; mov r3, #0x70000000; str r3, [r1]; subs r5, #1; bne top; "
        "ldr r2, [r1]; adds r2, #1; str r2, [r1]",
    ],
    ids=["masked", "a store of something else"],
)
def test_what_is_not_overwritten_by_what_it_was_before_is_not_lost(tmp_path: Path, main: str) -> None:
    texts = texts_of(tmp_path, main)
    assert any("was stored to" in text for text in texts)
    assert not any("was lost" in text for text in texts)


def test_a_word_that_is_in_use_all_the_time_is_not_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accumulation, "MOST_STOPS", 10)
    texts = texts_of(tmp_path, f"top: {ADDS}; subs r5, #1; bne top")
    assert texts[1].startswith(("main+0x", "tick+0x")) and "made it of what it loaded from word" in texts[2]
    assert len(texts) == 3


def test_the_index_of_a_store_that_counts_is_followed(tmp_path: Path) -> None:
    """A counter that is beside its table is the pointer of somebody else."""
    texts = texts_of(
        tmp_path,
        "movw r7, #0x1040; movt r7, #0x2000; mvn r4, #15; top: ldr r2, [r7, r4, lsl #2]; adds r2, #1; "
        "str r2, [r7, r4, lsl #2]; subs r5, #1; bne top",
        "bx lr",
    )
    assert texts[-1].startswith("that store's index -16 is a constant, 0xfffffff0, of main+0x")


def test_what_was_in_the_place_of_a_local_before_is_not_counted(tmp_path: Path) -> None:
    functions = {
        "main": f"{BEGIN}; bl {{earlier}}; bl {{walk}}; b .",
        "earlier": "push {{r4, lr}}; sub sp, #8; str r5, [sp, #4]; str r2, [sp, #4]; add sp, #8; pop {{r4, pc}}",
        "walk": "push {{r4, lr}}; sub sp, #8; str r2, [sp, #4]; movs r4, #3; add r0, sp, #4; "
        "top: ldr r3, [r0]; adds r3, #1; str r3, [r0]; subs r4, #1; bne top; ldr r3, [r0]; str r1, [r3]; "
        "add sp, #8; pop {{r4, pc}}",
    }
    texts = [step.text for step in why(tmp_path, functions)]
    [counted] = [text for text in texts if "was stored to" in text]
    assert " was stored to 4 times up to then, first by walk+0x" in counted
