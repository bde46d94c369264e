"""Where the base of a refused access came from: the accessor's own stack, or nobody knows."""

from __future__ import annotations

import pytest

from emulator.armv7m.core import Registers
from emulator.asm import assemble
from rtems_shim.report.overrun import comes_from

OWN = (0x2000_1000, 0x2000_2000)
START = 0x400
FOREIGN = 0x2000_3000
CLEAN = "str r0, [r3]"


def registers(**values: int) -> Registers:
    """SP and r7 are in the own stack; every other register holds a pointer to somewhere else."""
    found = Registers()
    found.r = [FOREIGN] * 13
    found.r[7] = OWN[1] - 0x40
    found.psp, found.control = OWN[1] - 0x60, 2
    for name, value in values.items():
        found.r[int(name[1:])] = value
    return found


def judged(before: str, access: str = CLEAN, after: str = "bx lr", **values: int) -> bool:
    code = assemble(f"{before}\n{access}\n{after}", START)
    pc = START + (len(assemble(before, START)) if before else 0)
    return comes_from(code, START, pc, registers(**values), OWN)


@pytest.mark.parametrize(
    ("before", "access"),
    [
        ("", "str r0, [r7, #4]"),
        ("", "str r0, [sp, r1]"),
        ("", "str r0, [r1, r7, lsl #2]"),
        ("", "strb r0, [r7, #1]!"),
        ("", "stmia r7!, {r0, r1}"),
        ("add r3, sp, #0x1000", CLEAN),
        ("add.w r3, r7, #0x1000", "str r0, [r3, #-16]"),
        ("lsls r3, r2, #2\nadds r3, #64\nadd r3, r7", "str r0, [r3, #-64]"),
        ("mov r3, sp\nadds r3, #200", CLEAN),
        ("add r2, sp, #8\nmovs r1, #1\nsubs r3, r2, r4", CLEAN),
        ("nop\nadd r3, sp, #8\nadds r5, r5, #1", CLEAN),
    ],
)
def test_an_address_made_from_the_own_stack_is_seen(before, access):
    assert judged(before, access)


@pytest.mark.parametrize(
    ("before", "access", "after"),
    [
        ("", CLEAN, "bx lr"),
        ("ldr r3, [sp, #4]", CLEAN, "bx lr"),
        ("ldr r3, [r7, #4]\nldr r2, [r7, #8]\nadd r3, r2", CLEAN, "bx lr"),
        ("mov r2, sp\nldr r3, [r2]", CLEAN, "bx lr"),
        ("add r3, sp, #8\nbl 0x400", CLEAN, "bx lr"),
        ("add r3, sp, #8\npop {r4, pc}", CLEAN, "bx lr"),
        ("add r3, sp, #8\nsvc #1", CLEAN, "bx lr"),
        ("add r3, sp, #8\nldm r2, {r3, r4}", CLEAN, "bx lr"),
        ("add r3, sp, #8\nldrd r2, r3, [r1]", CLEAN, "bx lr"),
        ("add r3, sp, #8\nmovw r3, #8", CLEAN, "bx lr"),
        ("cmp r3, sp\nstr r7, [sp]", CLEAN, "bx lr"),
    ],
)
def test_an_address_of_unknown_origin_is_no_overrun(before, access, after):
    assert not judged(before, access, after)


def test_a_pointer_that_a_loop_loads_anew_is_of_unknown_origin():
    loop = "loop: str r0, [r3]\nldr r3, [r3, #4]\ncmp r3, #0\nbne loop\nbx lr"
    code = assemble(f"add r3, sp, #8\n{loop}", START)
    pc = START + len(assemble("add r3, sp, #8", START))
    assert not comes_from(code, START, pc, registers(), OWN)
    once = assemble(f"add r3, sp, #8\n{loop.replace('bne loop', 'nop')}", START)
    assert comes_from(once, START, pc, registers(), OWN)


def test_where_a_table_of_branches_may_lead_is_unknown():
    assert judged("add r3, sp, #8")
    assert not judged("add r3, sp, #8", after="tbb [pc, r0]")


def test_a_register_that_was_written_since_says_nothing():
    assert judged("add r3, r2", r2=OWN[0])
    assert not judged("add r3, r2\nmovs r2, #0", r2=OWN[0])


def test_the_end_of_the_stack_is_outside():
    assert judged("", "str r0, [r1]", r1=OWN[1] - 1)
    assert not judged("", "str r0, [r1]", r1=OWN[1])


def test_code_that_does_not_hold_the_instruction_is_no_evidence():
    assert not comes_from(b"", START, START, registers(), OWN)
    assert not comes_from(assemble("str.w r0, [r7, #4]", START), START, START + 2, registers(), OWN)
