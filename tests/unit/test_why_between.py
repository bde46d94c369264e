"""What came in between: a handler and the sleep behind it, a handler and a comparison; and loops without a way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_programs import exit_with
from unit.test_why import SET_WORD, SYST, elf

import v7m

SPIN = "b ."
DONE = f"{SET_WORD}; movs r0, #7; str r0, [r1]; movw r0, #0xe010; movt r0, #0xe000; movs r2, #0; str r2, [r0]; bx lr"
"""A handler of SysTick that stores 7 to ``word`` and stops the timer."""


def texts_of(path: Path, functions: dict[str, str], systick: str = "", limit: int = 20_000) -> list[str]:
    program = elf(path / "program.elf", {**functions, "handler": SPIN}, systick)
    return [step.text for step in v7m.run(program, why=True, max_instructions=limit).why]


def test_the_last_exception_before_a_sleep_without_end_is_told_with_what_it_stored(tmp_path: Path) -> None:
    texts = texts_of(
        tmp_path,
        {"main": f"{SYST}; movs r4, #60; b {{busy}}", "busy": "subs r4, #1; bne {busy}; wfi; b {busy}", "tick": DONE},
        systick="tick",
    )
    assert texts[0].startswith("the last exception was SysTick, at 4")
    assert texts[0].endswith("instructions before the end: it interrupted busy")
    assert texts[1].startswith("tick+0xa stored 0x00000007 to word, at ")


def test_a_sleep_that_nothing_came_before_says_nothing(tmp_path: Path) -> None:
    assert texts_of(tmp_path, {"main": "wfi; b {main}"}) == []


FAIL = f"{exit_with(3, 0x2000_2000)}\nb ."
COMPARE = f"{SET_WORD}; ldr r4, [r1]; movs r3, #30; b {{wait}}"
WAIT = "subs r3, #1; bne {wait}; ldr r5, [r1]; cmp r4, r5; beq {done}; bl {fail}; b ."


@pytest.mark.parametrize("is_between", [True, False])
def test_an_exception_between_the_values_of_a_comparison_is_told(is_between: bool, tmp_path: Path) -> None:
    starts = SYST if is_between else f"{SET_WORD}; movs r0, #9; nop"
    change = "nop" if is_between else "str r0, [r1]"
    texts = texts_of(
        tmp_path,
        {"main": f"{starts}; b {{compare}}", "compare": COMPARE, "wait": WAIT.replace("cmp", f"{change}; cmp")
         if is_between else WAIT.replace("ldr r5", f"{change}; ldr r5"), "done": SPIN, "fail": FAIL,
         "tick": DONE},
        systick="tick",
    )  # fmt: skip
    said = [text for text in texts if "SysTick came in between, at " in text]
    assert bool(said) == is_between
    assert any(text.startswith("tick+0xa stored 0x00000007 to word, at ") for text in texts) == is_between


@pytest.mark.parametrize(
    ("loop", "is_closed"),
    [
        ("adds r0, #1; str r0, [r1, #4]!; bic r1, #0xf00; b {loop}", True),
        ("adds r0, #1; str r0, [r1, #4]!; bic r1, #0xf00; cmp r0, r2; bne {loop}; b .", False),
        ("adds r0, #1; str r0, [r1, #4]!; bic r1, #0xf00; bl {next}; b {loop}", False),
        ("adds r0, #1; str r0, [r1]; b {loop}", False),
    ],
)
def test_a_loop_without_a_branch_that_leads_elsewhere(loop: str, is_closed: bool, tmp_path: Path) -> None:
    texts = texts_of(
        tmp_path, {"main": f"{SET_WORD}; mov r2, #0; movs r0, #1; b {{loop}}", "loop": loop, "next": "bx lr"}
    )
    assert any("has no way out: no branch in it leads elsewhere" in text for text in texts) == is_closed


def test_who_made_unprivileged_the_code_that_may_not_use_a_register_of_the_core(tmp_path: Path) -> None:
    texts = texts_of(
        tmp_path,
        {"main": "movs r0, #1; msr control, r0; isb; b {user}", "user": "mov r1, #0xe000e000; str r0, [r1, #0x100]"},
    )
    assert any(text.startswith("main+0x2 set CONTROL to 0x1, which makes Thread mode unprivileged,") for text in texts)


def test_a_stack_that_is_in_the_region_that_refuses_is_told_as_that(tmp_path: Path) -> None:
    guard = "movw r1, #0xed9c; movt r1, #0xe000; movw r0, #0x7f90; movt r0, #0x2000; str r0, [r1]"
    sizes = "movw r0, #9; movt r0, #0x1000; str r0, [r1, #4]; movs r0, #5; str r0, [r1, #-8]; isb"
    code = f"{guard}; {sizes}; b {{deep}}"
    program = elf(
        tmp_path / "program.elf",
        {"main": code, "deep": "sub sp, #0x78; str r0, [sp, #4]; b .", "handler": SPIN},
    )  # fmt: skip
    report = v7m.run(program, max_instructions=1_000).report
    assert report.headline.endswith(", which MPU region 0 does not allow: the stack has run into it; its pointer is "
                                    "0x20007f88.")  # fmt: skip
