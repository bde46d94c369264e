"""Who gave the core the setting by which it refused an instruction, or by which SysTick stands still."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.small_programs import write_elf

import v7m

CPACR = "movw r0, #0xed88; movt r0, #0xe000"
CCR = "movw r0, #0xed14; movt r0, #0xe000"
TRAP = f"{CCR}; ldr r1, [r0]; orr r1, r1, #8; str r1, [r0]; dsb; isb"
UNALIGNED = "mov r2, #0x20000000; ldr r3, [r2, #1]; b ."


def texts_of(tmp_path: Path, code: str, **options: Any) -> list[str]:
    handlers = options.pop("handlers", {})
    program = write_elf(tmp_path / "program.elf", code, handlers=handlers)
    return [step.text for step in v7m.run(program, why=True, max_instructions=5_000, **options).why]


@pytest.mark.parametrize(
    ("stores", "words"),
    [
        ("mov r1, #0xf00000; str r1, [r0]; movs r1, #0; str r1, [r0]; str r1, [r0]", "turned the FPU off"),
        ("movs r1, #0; str r1, [r0]", "left the FPU off"),
        ("nop", ""),
    ],
)
def test_who_took_the_fpu_away(stores: str, words: str, tmp_path: Path) -> None:
    texts = texts_of(tmp_path, f"{CPACR}; {stores}; dsb; isb; vmov s0, r1; b .", board="mps2-an386")
    assert any("FPU off" in text for text in texts) == bool(words)
    assert not words or any(f"{words} by a store to CPACR" in text for text in texts)


def test_another_coprocessor_is_not_the_fpu(tmp_path: Path) -> None:
    code = f"{CPACR}; movs r1, #0; str r1, [r0]; dsb; isb; mcr p3, #0, r1, c0, c0, #0; b ."
    assert not any("FPU" in text for text in texts_of(tmp_path, code, board="mps2-an386"))


@pytest.mark.parametrize(
    ("code", "is_said"),
    [
        (f"{TRAP}; {UNALIGNED}", True),
        (f"{TRAP}; mov r2, #0x20000000; adds r2, #1; ldrd r3, r4, [r2]; b .", False),  # needs it always
        (f"{TRAP}; mov r2, #0x40000000; ldr r3, [r2, #1]; b .", False),  # Device memory
    ],
)
def test_a_trap_is_named_where_the_access_is_legal_without_it(code: str, is_said: bool, tmp_path: Path) -> None:
    assert any("set CCR.UNALIGN_TRP" in text for text in texts_of(tmp_path, code)) == is_said


TICK = "movw r0, #0xe010; movt r0, #0xe000; {}; movs r1, #7; str r1, [r0]; wfi; b ."
PRIORITIES = "movw r0, #0xe400; movt r0, #0xe000"
PEND = "movw r1, #0xe100; movt r1, #0xe000; movs r2, #1; str r2, [r1]; str.w r2, [r1, #0x100]; b ."


def test_who_gave_an_svc_and_its_handler_their_priorities(tmp_path: Path) -> None:
    own = "movw r3, #0xed1f; movt r3, #0xe000; movs r1, #0x80; strb r1, [r3]"
    code = f"{own}; {PRIORITIES}; movs r1, #0x40; strb r1, [r0]; {PEND}"
    first, second = texts_of(tmp_path, code, handlers={16: "svc #0; bx lr"})
    assert "gave IRQ0" in first and "the priority 0x40" in first
    assert "gave SVCall the priority 0x80" in second


def test_a_priority_that_nobody_stored_was_given_by_nobody(tmp_path: Path) -> None:
    code = f"{PRIORITIES}; movs r1, #0x40; strb r1, [r0, #1]; {PEND}"  # of the interrupt beside it, in the same word
    texts = texts_of(tmp_path, code, handlers={16: "svc #0; bx lr"})
    assert not any("gave" in text for text in texts)


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ("cpsid i", "set PRIMASK to 0x1 at 1: cpsid i"),
        ("mov r0, #0x40; msr basepri, r0", "set BASEPRI to 0x40 at 2: msr basepri, r0"),
    ],
)
def test_who_set_the_mask_that_an_svc_did_not_pass(sets: str, words: str, tmp_path: Path) -> None:
    code = f"nop; {sets}; movw r3, #0xed1f; movt r3, #0xe000; movs r1, #0x80; strb r1, [r3]; svc #0; b ."
    assert any(words in text for text in texts_of(tmp_path, code))


@pytest.mark.parametrize(("reload", "words"), [("#0", "0"), ("#0x1000000", "0x01000000, whose lower 24 bits are 0")])
def test_who_stored_the_reload_value_by_which_systick_stands_still(reload: str, words: str, tmp_path: Path) -> None:
    texts = texts_of(tmp_path, TICK.format(f"mov r1, {reload}; str r1, [r0, #4]"), handlers={15: "bx lr"})
    assert any(f"stored the reload value of SysTick, SYST_RVR, {words}, with which it" in text for text in texts)


def test_a_reload_value_that_nobody_stored(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, TICK.format("nop"), handlers={15: "bx lr"})
    assert not any("SYST_RVR" in text for text in texts)
