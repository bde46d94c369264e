"""Exceptions that came or returned as they were not to: who enabled them, who spoilt the frame, who lost LR."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.small_programs import exit_with, write_elf
from unit.test_why import SYST, elf

import v7m

FPU = "movw r0, #0xed88; movt r0, #0xe000; mov r1, #0xf00000; str r1, [r0]; dsb; isb; vmov s0, r1"
SPIN = "b ."


def texts_of(program: Path, **options: Any) -> list[str]:
    return [step.text for step in v7m.run(program, why=True, max_instructions=5_000, **options).why]


def of_code(tmp_path: Path, code: str, handlers: dict[int, str], **options: Any) -> list[str]:
    return texts_of(write_elf(tmp_path / "program.elf", code, handlers=handlers), **options)


# -- frames ------------------------------------------------------------------------------------------------------

SPOIL = "movs r0, #3; str r0, [sp, #28]; bx lr"
"""The frame's xPSR becomes one of Handler mode."""


def test_who_stored_over_the_frame_that_a_return_was_to_pop(tmp_path: Path) -> None:
    texts = of_code(tmp_path, "movs r0, #1; svc #0; b .", {11: SPOIL})
    assert texts[0].startswith("the xPSR of the exception frame at 0x20007fe0, where MSP points, 0x00000003, was at")
    assert texts[1].startswith("handler_11+0x2 stored 0x00000003 to 0x20007ffc last, at ")


@pytest.mark.parametrize(
    ("wakes", "returns", "words"),
    [
        (FPU, "mvn lr, #6", "one without FP registers, and it had been pushed with FP registers, at 10: from then on "
                            "that SP was 72 bytes below where it should be"),
        ("nop", "mvn lr, #22", "one with FP registers, and it had been pushed without FP registers, at 4: from then on "
                              "that SP was 72 bytes above where it should be"),
    ],
)  # fmt: skip
def test_a_frame_that_is_taken_for_one_of_another_kind(wakes: str, returns: str, words: str, tmp_path: Path) -> None:
    enables = f"{FPU.rpartition('; ')[0]}; {returns}" if wakes == "nop" else returns
    code = f"{wakes}; sub sp, #0x100; movs r7, #0; svc #0; mov r4, #0x70000000; ldr r4, [r4]; b ."
    texts = of_code(tmp_path, code, {11: f"{enables}; bx lr"}, board="mps2-an386")
    assert any(text.startswith("handler_11+0x") and words in text for text in texts)


def test_a_frame_of_its_own_kind_is_not_mentioned(tmp_path: Path) -> None:
    code = f"{FPU}; svc #0; mov r4, #0x70000000; ldr r4, [r4]; b ."
    texts = of_code(tmp_path, code, {11: "bx lr"}, board="mps2-an386")
    assert not any("as if the frame were" in text for text in texts)


# -- LR ----------------------------------------------------------------------------------------------------------


def test_a_function_that_returns_into_itself_is_named(tmp_path: Path) -> None:
    program = elf(
        tmp_path / "program.elf",
        {"main": "bl {outer}; b .", "outer": "movs r0, #0; bl {inner}; adds r0, #1; bx lr", "inner": "bx lr",
         "handler": SPIN},
    )  # fmt: skip
    texts = texts_of(program)
    assert texts == [
        "outer+0x8 returned into itself, to 0x00000186, outer+0x6, at 3,000: bx lr; LR was that of its own call of "
        "inner, and nothing has brought back the one that it was entered with"
    ] or texts[0].startswith("outer+0x8 returned into itself, to 0x00000186, outer+0x6, at ")


def test_a_recursion_is_no_return_into_itself(tmp_path: Path) -> None:
    outer = "cmp r0, #0; beq #0x192; push {{lr}}; subs r0, #1; bl {outer}; mov r4, #0x70000000; ldr r4, [r4]; bx lr"
    program = elf(tmp_path / "program.elf", {"main": "movs r0, #3; bl {outer}; b .", "outer": outer, "handler": SPIN})
    assert not any("returned into itself" in text for text in texts_of(program))


# -- why it came ---------------------------------------------------------------------------------------------------


def test_who_enabled_an_exception_without_a_handler(tmp_path: Path) -> None:
    code = "b {start}"
    start = f"{SYST}; movw r0, #0xed08; movt r0, #0xe000; mov r1, #0x800; str r1, [r0]; b ."
    program = elf(tmp_path / "program.elf", {"main": code, "start": start, "handler": SPIN}, text=bytes(0x800))
    texts = texts_of(program)
    assert any(text.startswith("start+0x") and " enabled SysTick, at " in text for text in texts)
    assert any(text.startswith("start+0x") and " moved the vector table to 0x00000800, at " in text for text in texts)


RAISED = "mov r0, #0x60; msr basepri, r0; isb"
PEND_IRQ = "movw r0, #0xe100; movt r0, #0xe000; movs r1, #1; str r1, [r0]; str r1, [r0, #0x100]"
FAULTS = "mov r4, #0x70000000; ldr r4, [r4]; bx lr"


@pytest.mark.parametrize(("priority", "is_said"), [(None, False), (4, True)])
def test_basepri_that_does_not_hold_off_what_was_taken(priority: int | None, is_said: bool, tmp_path: Path) -> None:
    gives = f"movw r0, #0xe400; movt r0, #0xe000; movs r1, #{priority}; strb r1, [r0]" if priority else "nop"
    mask = RAISED if priority else "nop"
    texts = of_code(tmp_path, f"{gives}; {mask}; {PEND_IRQ}; isb; b .", {16: FAULTS})
    said = [text for text in texts if "has the priority 0x04, which BASEPRI, 0x60 in the program, does not" in text]
    assert bool(said) == is_said
    assert any("gave IRQ0" in text and "that priority" in text for text in texts) == is_said


# -- a handler that ends the run -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "words"),
    [(exit_with(3), "ended the program with code 3 in it."), ("wfi; b handler_3", "sleeps for ever in it.")],
)
def test_a_fault_whose_handler_ends_the_program_is_the_first_sentence(ends: str, words: str, tmp_path: Path) -> None:
    ends = ends.replace("b handler_3", "b #0x240")
    program = write_elf(tmp_path / "program.elf", FAULTS, handlers={3: ends})
    report = v7m.run(program, max_instructions=5_000).report
    assert report.headline.startswith("BusFault: main tried to read 4 bytes from 0x70000000")
    assert report.details[0].startswith("The HardFault handler did not return: ")
    assert report.details[0].endswith(words)


def test_a_handler_that_ends_the_program_as_a_success_is_one(tmp_path: Path) -> None:
    program = write_elf(tmp_path / "program.elf", FAULTS, handlers={3: exit_with(0)})
    assert v7m.run(program, max_instructions=5_000).report.headline == "The program ended successfully."


# -- calls -------------------------------------------------------------------------------------------------------


def frames_of(program: Path) -> list[tuple[str | None, str]]:
    fault = v7m.run(program, max_instructions=5_000).report.fault
    assert fault is not None
    return [(frame.symbol, frame.relation or frame.exception) for frame in fault.backtrace.frames]


def test_a_handler_that_went_on_by_a_branch_is_among_the_calls(tmp_path: Path) -> None:
    functions = {"main": f"{SYST}; b .", "tick": "movs r3, #1; b {inner}", "inner": "mov r4, #0x70000000; ldr r4, [r4]"}
    program = elf(tmp_path / "program.elf", {**functions, "handler": SPIN}, "tick")
    assert frames_of(program) == [("inner", ""), ("tick", "tail call"), ("main", "SysTick")]


def test_a_handler_that_does_not_lead_to_the_function_is_not_among_the_calls(tmp_path: Path) -> None:
    moved = "movw r0, #0xed08; movt r0, #0xe000; mov r1, #0x800; str r1, [r0]"
    functions = {
        "main": f"{moved}; {SYST}; b .", "tick": "bx lr", "inner": "mov r4, #0x70000000; ldr r4, [r4]",
    }  # fmt: skip
    table = b"".join(word.to_bytes(4, "little") for word in [0x2000_8000, 0x101, *[0x281] * 3, *[0x201] * 43])
    room = bytes(0x800 - 0x100 - 4 * 0x80)
    program = elf(tmp_path / "program.elf", {**functions, "handler": SPIN}, "tick", room + table)
    assert frames_of(program) == [("inner", ""), ("main", "SysTick")]


def test_a_return_to_thread_mode_from_a_handler_within_a_handler_is_told_with_whose_frame_there_is(
    tmp_path: Path,
) -> None:
    handlers = {16: "svc #0; bx lr", 11: "mvn lr, #6; bx lr"}
    priority = "movw r0, #0xe400; movt r0, #0xe000; movs r1, #0x40; strb r1, [r0]"
    program = write_elf(tmp_path / "program.elf", f"{priority}; {PEND_IRQ}; isb; b .", handlers=handlers)
    headline = v7m.run(program, max_instructions=5_000).report.headline
    assert "returned with EXC_RETURN 0xfffffff9, for Thread mode, and the frame at 0x20007fc0, where MSP" in headline
    assert headline.endswith(" points, is of the IRQ0 (uart0 rx) handler.")


# -- exceptions without a handler --------------------------------------------------------------------------------


PENDS = {
    "ICSR.PENDSVSET": "movw r0, #0xed04; movt r0, #0xe000; mov r1, #0x10000000; str r1, [r0]",
    "ICSR.PENDSTSET": "movw r0, #0xed04; movt r0, #0xe000; mov r1, #0x04000000; str r1, [r0]",
    "NVIC_ISPR1": "movw r0, #0xe100; movt r0, #0xe000; movs r1, #2; str r1, [r0, #4]; str r1, [r0, #0x104]",
    "STIR": "movw r0, #0xe100; movt r0, #0xe000; movs r1, #8; str r1, [r0]; movs r1, #3; str r1, [r0, #0xe00]",
}


@pytest.mark.parametrize("register", PENDS)
def test_the_store_that_made_an_exception_pending_is_named(register: str, tmp_path: Path) -> None:
    """There is one handler for all of them, and none for the interrupts behind the table."""
    texts = of_code(tmp_path, f"{PENDS[register]}; dsb; isb; b .", {}, board="lm3s6965evb")
    assert any(f" pending by a store to {register}, at " in text for text in texts), texts


def test_a_device_that_pends_its_interrupt_is_no_store(tmp_path: Path) -> None:
    timer = "mov r0, #0x40000000; movs r1, #50; str r1, [r0, #8]; str r1, [r0, #4]; movs r1, #9; str r1, [r0]"
    enable = "movw r0, #0xe100; movt r0, #0xe000; mov r1, #0x100; str r1, [r0]"
    texts = of_code(tmp_path, f"{timer}; {enable}; b .", {})
    assert not any("pending by a store" in text for text in texts)
    assert any("enabled IRQ8" in text for text in texts), texts
