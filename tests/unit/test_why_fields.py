"""Values that are a field of a word, or a remainder, or an index: what they were made of is followed, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.test_why import SET_OTHER, SET_WORD, why
from unit.test_why_busy import why_it_is_there

LEADS_FAR = f"{SET_OTHER}; ldr r0, [r2, r3, lsl #3]; b ."
SETS = f"{SET_WORD}; ldr r0, [r1]; {{put}}; str r0, [r1]; bx lr"


def texts_of(path: Path, functions: dict[str, str]) -> list[str]:
    return [step.text for step in why(path, functions)]


@pytest.mark.parametrize("taken", ["ubfx r3, r0, #8, #24", "lsr r3, r0, #8", "bic r0, r0, #0xff; lsr r3, r0, #8"])
@pytest.mark.parametrize("other", ["orr r0, r0, #1", "bic r0, r0, #0xff", "movs r2, #5; bfi r0, r2, #0, #8"])
def test_a_store_of_another_field_is_gone_past(tmp_path: Path, taken: str, other: str) -> None:
    texts = texts_of(tmp_path, {
        "main": f"{SET_WORD}; bl {{first}}; bl {{second}}; {SET_WORD}; ldr r0, [r1]; {taken}; {LEADS_FAR}",
        "first": SETS.format(put="mov r2, #0xf00000; bfi r0, r2, #8, #24"),
        "second": SETS.format(put=other),
    })  # fmt: skip
    [stored] = [text for text in texts if " stored " in text]
    assert stored.startswith("first+0x")
    assert " to word as the last one who changed the bits 0xffffff00 of it, at " in stored


def test_a_store_that_changed_the_field_is_the_last_one(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, {
        "main": f"{SET_WORD}; bl {{first}}; bl {{second}}; {SET_WORD}; ldr r0, [r1]; ubfx r3, r0, #8, #24; {LEADS_FAR}",
        "first": SETS.format(put="mov r2, #0xf00000; bfi r0, r2, #8, #24"),
        "second": SETS.format(put="orr r0, r0, #0x100"),
    })  # fmt: skip
    [stored] = [text for text in texts if " stored " in text]
    assert stored.startswith("second+0x") and " to word last, at " in stored


def test_a_remainder_of_a_division_by_zero_leads_to_the_divisor(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, {
        "main": f"{SET_WORD}; movs r0, #0; str r0, [r1]; mov r4, #0xf00000; ldr r5, [r1]; udiv r6, r4, r5; "
                f"mls r3, r6, r5, r4; {LEADS_FAR}",
    })  # fmt: skip
    assert ": mls r3, r6, r5, r4, which gave 0x00f00000" in texts[0]
    assert texts[1].startswith("r5, by which udiv r6, r4, r5 divided, 0x00000000, came from word (0x20001000): main+0x")
    assert "stored 0x00000000 to word last" in texts[2]


def test_the_index_into_a_table_that_nobody_filled_is_followed(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, {
        "main": f"{SET_WORD}; movs r0, #0; str r0, [r1]; ldr r3, [r1]; {SET_OTHER}; ldr r0, [r2, r3, lsl #2]; "
                "blx r0; b .",
    })  # fmt: skip
    place = next(number for number, text in enumerate(texts) if text.startswith("nothing has ever stored to other"))
    assert texts[place + 1].startswith("the index 0, 0x00000000, came from word (0x20001000): main+0x")
    assert "stored 0x00000000 to word last" in texts[place + 2]


CIRCLE = "ldrb r3, [r1, r3]; adds r4, #1; cmp r3, #0; bne {loop}; b ."


def test_indexes_that_lead_in_a_circle_are_told_with_who_stored_them(tmp_path: Path) -> None:
    begin = f"{SET_WORD}; movs r0, #2; strb r0, [r1, #1]; movs r0, #1; strb r0, [r1, #2]; movs r3, #1; b {{loop}}"
    texts = why_it_is_there(tmp_path, {"main": begin, "loop": CIRCLE})
    assert texts[0].startswith("the loop there reads only these, in turn: word+0x")
    assert "word+0x1 (0x20001001), which holds 0x02" in texts[0]
    assert "word+0x2 (0x20001002), which holds 0x01" in texts[0]
    assert [text.partition(" last")[0].partition(" stored ")[2] for text in texts[1:]] == [
        "0x02 to word+0x1", "0x01 to word+0x2",
    ]  # fmt: skip


def test_a_walk_that_has_not_come_round_is_no_circle(tmp_path: Path) -> None:
    loop = "ldrb r3, [r1, r3]; adds r1, #1; movs r3, #0; cmp r1, #0; bne {loop}; b ."
    texts = why_it_is_there(tmp_path, {"main": f"{SET_WORD}; movs r3, #0; b {{loop}}", "loop": loop}, limit=400)
    assert not any("in turn" in text for text in texts)
