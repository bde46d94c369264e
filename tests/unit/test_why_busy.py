"""Runs that come to no end: the second run says what keeps them busy, and nothing where they get on."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.test_why import SET_WORD, SYST, elf

import v7m
from emulator.diagnosis import switch_lock


def why_it_is_there(
    path: Path, functions: dict[str, str], systick: str = "", limit: int = 20_000, **options: str
) -> list[str]:
    last = {} if "handler" in functions else {"handler": "b ."}
    program = elf(path / "program.elf", {**functions, **last}, systick)
    result = v7m.run(program, why=True, max_instructions=limit, **options)
    return [step.text for step in result.why]


TIMER = "mov r0, #0x40000000; movs r1, #50; str r1, [r0, #8]; str r1, [r0, #4]; movs r1, #9; str r1, [r0]"
ENABLE = "movw r0, #0xe100; movt r0, #0xe000; mov r1, #0x100; str r1, [r0]"


def test_an_interrupt_that_nobody_ends_is_named(tmp_path: Path) -> None:
    texts = why_it_is_there(tmp_path, {"main": f"{TIMER}; {ENABLE}; b {{loop}}", "loop": "adds r7, #1; b {loop}",
                                       "handler": "adds r0, #1; bx lr"})  # fmt: skip
    assert any("IRQ8 (timer0) is taken again as soon as its handler returns" in text for text in texts)
    assert any("its line is still high" in text for text in texts)


def test_what_a_loop_polls_is_named_with_what_it_reads(tmp_path: Path) -> None:
    loop = "ldr r0, [r1]; tst r0, #1; beq {loop}; b ."
    texts = why_it_is_there(tmp_path, {"main": f"{SET_WORD}; movs r0, #6; str r0, [r1]; b {{loop}}", "loop": loop})
    assert texts[0] == "the loop there reads word (0x20001000) again and again, which holds 0x00000006"
    assert "stored 0x00000006 to word last" in texts[1]


def test_a_loop_that_gets_on_is_not_said_to_wait(tmp_path: Path) -> None:
    loop = "ldr r0, [r1]; adds r0, #1; str r0, [r1]; cmp r0, #0; bne {loop}; b ."
    assert why_it_is_there(tmp_path, {"main": f"{SET_WORD}; movs r0, #6; str r0, [r1]; b {{loop}}", "loop": loop}) == []


def test_a_handler_that_does_not_keep_a_register_is_named(tmp_path: Path) -> None:
    texts = why_it_is_there(
        tmp_path,
        {"main": f"{SYST}; movs r5, #1; b {{loop}}", "loop": "cmp r5, #1; bl {next}; b {loop}", "next": "bx lr",
         "tick": "movs r5, #9; bx lr"},
        systick="tick",
    )  # fmt: skip
    assert any("the SysTick handler" in text and "had changed r5" in text for text in texts)


def test_a_handler_that_keeps_its_registers_is_not_blamed(tmp_path: Path) -> None:
    texts = why_it_is_there(
        tmp_path,
        {"main": f"{SYST}; movs r5, #1; b {{loop}}", "loop": "cmp r5, #1; bl {next}; b {loop}", "next": "bx lr",
         "tick": "push {{r5, lr}}; movs r5, #9; pop {{r5, pc}}"},
        systick="tick",
    )  # fmt: skip
    assert not any("had changed" in text for text in texts)


def test_a_loop_whose_step_is_zero_is_named_with_what_made_the_step(tmp_path: Path) -> None:
    loop = "str r0, [r1]; adds r0, r0, r2; cmp r0, #100; blt {loop}; b ."
    texts = why_it_is_there(
        tmp_path, {"main": f"{SET_WORD}; movs r0, #6; movs r2, #5; subs r2, #5; b {{loop}}", "loop": loop}
    )
    assert texts[0].startswith("the loop at loop") and texts[0].endswith("r0 held 0x00000006, each time")
    assert texts[1].startswith("what is added to r0 in the loop, 0x00000000, was computed by main")


def test_a_loop_that_counts_is_not_said_to_compare_the_same(tmp_path: Path) -> None:
    loop = "str r0, [r1]; adds r0, r0, r2; cmp r0, #0; bne {loop}; b ."
    functions = {"main": f"{SET_WORD}; movs r0, #6; movs r2, #5; b {{loop}}", "loop": loop}
    assert why_it_is_there(tmp_path, functions) == []


NARROW = "str r0, [r1]; adds r0, #1; uxtb r2, r0; mov r0, r2; cmp {compared}; b{condition} {{{{loop}}}}; b ."


@pytest.mark.parametrize(
    ("bound", "compared", "condition"),
    [("movs r3, #255", "r2, r3", "ls"), ("mov r3, #256", "r2, r3", "ne"), ("nop", "r2, #255", "ls"),
     ("mvn r3, #0", "r3, r2", "ne")],
)  # fmt: skip
def test_a_loop_that_no_value_of_eight_bits_ends_is_told_as_that(
    tmp_path: Path, bound: str, compared: str, condition: str
) -> None:
    loop = NARROW.format(compared=compared, condition=condition).format(loop="{loop}")
    texts = why_it_is_there(tmp_path, {"main": f"{SET_WORD}; movs r0, #6; {bound}; b {{loop}}", "loop": loop})
    assert f"behind cmp {compared}" in texts[0] or "behind cmp r2, #0xff" in texts[0]
    assert texts[0].endswith("r2 has 8 bits by uxtb r2, r0: no value of it ends the loop")
    assert len(texts) == (1 if bound == "nop" else 2)


@pytest.mark.parametrize(
    ("bound", "compared", "condition"),
    [("movs r3, #255", "r2, r3", "lo"), ("mov r3, #256", "r2, r3", "eq"), ("movs r3, #0", "r2, r3", "ge")],
)
def test_a_loop_that_one_value_of_eight_bits_ends_is_not(
    tmp_path: Path, bound: str, compared: str, condition: str
) -> None:
    loop = NARROW.format(compared=compared, condition=condition).format(loop="{loop}")
    begin = f"{SET_WORD}; movs r0, #6; {bound}; b {{loop}}"
    texts = why_it_is_there(tmp_path, {"main": begin, "loop": loop}, limit=700)
    assert any("no value of it ends" in text for text in texts) == (condition == "ge")


def test_what_two_places_a_loop_polls_are_both_named(tmp_path: Path) -> None:
    loop = "ldr r0, [r1]; ldr r2, [r1, #4]; cmp r0, r2; beq {loop}; b ."
    texts = why_it_is_there(tmp_path, {"main": f"{SET_WORD}; movs r0, #0; str r0, [r1]; b {{loop}}", "loop": loop})
    assert len([text for text in texts if "again and again, which holds 0x00000000" in text]) == 2


def test_a_branch_around_a_part_of_a_loop_without_a_way_out_is_not_blamed(tmp_path: Path) -> None:
    loop = "str r0, [r1]; cmp r0, #6; beq around; adds r3, #1; around: adds r3, #2; b {loop}"
    functions = {"main": f"{SET_WORD}; movs r0, #6; b {{loop}}", "loop": loop}
    assert not any("goes on by" in text for text in why_it_is_there(tmp_path, functions))


def test_a_count_that_keeps_a_kernel_from_switching_is_named_with_who_stored_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(switch_lock.COUNTS, "word", "the scheduler is suspended")
    main = f"{SET_WORD}; movs r0, #{{count}}; str r0, [r1]; b {{{{loop}}}}"

    def told(count: int) -> list[str]:
        return why_it_is_there(tmp_path, {"main": main.format(count=count), "loop": "adds r7, #1; b {loop}"})

    texts = told(2)
    assert texts[0] == "the scheduler is suspended: word (0x20001000) holds 2"
    assert texts[1].startswith("main") and "stored 0x00000002 to word last" in texts[1]
    assert told(0) == []
