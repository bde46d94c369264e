"""Which instruction led to an address where nothing has executed yet, told from its code and the registers."""

from __future__ import annotations

from emulator.armv7m.core import Registers
from emulator.engine.branch import JUMP, branch_at

PLACE, TARGET = 0x400, 0x2000_0000


def kind(code: int) -> str | None:
    registers = Registers()
    registers.pc = TARGET
    found = branch_at(PLACE, code, registers, lambda address: None)
    return None if found is None else found.kind


def test_a_wide_branch_with_a_condition_is_a_jump() -> None:
    assert kind(0x8000_F43F) == JUMP  # BEQ.W [A7.7.12, T3]
    assert kind(0x9000_F7FF) == JUMP  # B.W [T4]


def test_barriers_and_moves_to_special_registers_have_its_encoding_and_are_none() -> None:
    assert kind(0x8F6F_F3BF) is None  # ISB [A7.7.37]
    assert kind(0x8811_F380) is None  # MSR BASEPRI, R0 [B5.2.3]
    assert kind(0x8010_F3EF) is None  # MRS R0, PRIMASK [B5.2.2]
