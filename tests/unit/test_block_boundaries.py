"""Runs end and exceptions are taken at the program's block boundaries and nowhere else, with and without C. [D-002]"""

from __future__ import annotations

import struct

import pytest
from support.accelerator import use_half
from support.machines import CODE, RAM, Bench, bench

from emulator.asm import assemble
from emulator.machine.stop import BudgetSpent

PENDSV_HANDLER, ELSEWHERE = 0x800, 0x400
ICSR, PENDSVSET = 0xE000_ED04, 1 << 28
MOV_W_PC_R0 = 0xEA4F, 0x0F00
"""MOV.W PC, R0: UNPREDICTABLE [A7.7.77], and the engine branches."""


@pytest.fixture(params=["c", "pure"])
def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bench:
    use_half(request.param, monkeypatch)
    return bench(handlers={14: PENDSV_HANDLER})


def test_a_taken_branch_is_a_boundary_whatever_instruction_takes_it(made: Bench) -> None:
    machine, regs = made.machine, made.machine.registers
    made.run("adds r1, #1; adds r1, #1; b .", at=ELSEWHERE, steps=3)  # whoever keeps the boundaries knows this block
    machine.poke(CODE, struct.pack("<2H", *MOV_W_PC_R0))
    regs.pc, regs.r[0], regs.r[1] = CODE, ELSEWHERE, 0
    assert machine.run(1) == BudgetSpent(4)
    assert (regs.pc, regs.r[1]) == (ELSEWHERE, 0)


@pytest.mark.parametrize("fpdscr", [0, 1 << 24])
def test_what_an_fp_instruction_obliges_to_makes_no_boundary_in_front_of_it(made: Bench, fpdscr: int) -> None:
    machine = made.machine
    machine.system.cpacr, machine.system.fpdscr = 15 << 20, fpdscr
    machine.rights_changed()
    machine.poke(PENDSV_HANDLER, assemble("mov r6, r4; bx lr", PENDSV_HANDLER))
    for _ in range(3):  # the engine stops in front of the block, then in front of the instruction
        machine.registers.control, machine.registers.r[4] = 0, 0
        made.run("str r1, [r0]; vmov s0, r2; movs r4, #1; b next; next: movs r4, #2; b .", r0=ICSR, r1=PENDSVSET)
        assert (machine.registers.r[6], machine.registers.r[4]) == (1, 2)


@pytest.mark.parametrize(("load", "count"), [("ldr r1, [r0]", 300), ("ldrd r1, r2, [r0]", 180)])
def test_where_the_engine_cuts_straight_code_is_no_boundary(made: Bench, load: str, count: int) -> None:
    """It translates so many instructions at once, and fewer where they are looked at; all are of one page here."""
    assert made.run("; ".join([*[load] * count, "b ."]), steps=1, r0=RAM) == BudgetSpent(count + 1)
