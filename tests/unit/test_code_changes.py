"""Code that a guest stores to: the next jump there executes the new instructions, whatever else was stored before."""

from __future__ import annotations

import pytest
from support.machines import bench

from emulator.asm import assemble

STUB = 0x2000_1900  # not the first of the four 1 KiB pages of a 4 KiB page
OLD, NEW = "mov.w r0, #0x55\nbx lr", "mov.w r0, #0x66\nbx lr"


def patched(between: str) -> list[int]:
    """Run OLD at STUB, do ``between`` with r5 = STUB, replace it by NEW with a word store, run it; both results."""
    made = bench()
    made.machine.poke(STUB, assemble(OLD, STUB))
    first, second = (int.from_bytes(assemble(text, STUB)[:4], "little") for text in (OLD, NEW))
    assert first != second
    code = f"""
        orr r6, r5, #1
        blx r6
        mov r8, r0
        {between}
        str r4, [r5]
        dsb
        isb
        blx r6
        mov r9, r0
    wait:
        b wait
    """
    made.run(code, steps=200, r4=second, r5=STUB)
    return made.machine.registers.r[8:10]


@pytest.mark.parametrize(
    "between",
    [
        "nop",
        "ldr r3, [r5, #64]",
        "str r3, [r5, #64]",
        "str r3, [r5, #64]\nldr r3, [r5]",
        "str r3, [r5, #64]\nblx r6\nstr r3, [r5, #68]",
        "ldr r3, [r5, #64]\nblx r6\nstrb r3, [r5, #65]",
    ],
)
@pytest.mark.parametrize("pure", [False, True])
def test_the_new_instructions_execute_after_a_store_to_them(
    between: str, pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    assert patched(between) == [0x55, 0x66]


def test_the_new_instructions_execute_where_every_access_is_audited() -> None:
    made = bench(audit=True)
    made.machine.poke(STUB, assemble(OLD, STUB))
    new = int.from_bytes(assemble(NEW, STUB)[:4], "little")
    code = "blx r6\nmov r8, r0\nstr r3, [r5, #64]\nstr r4, [r5]\ndsb\nisb\nblx r6\nmov r9, r0\nwait: b wait"
    made.run(code, steps=200, r4=new, r5=STUB, r6=STUB | 1)
    assert made.machine.registers.r[8:10] == [0x55, 0x66]


def test_code_that_stores_into_its_own_page_goes_on() -> None:
    made = bench()
    code = "again: str r1, [r5]\nadds r1, #1\ncmp r1, #20\nbne again\nwait: b wait"
    made.run(code, steps=200, at=STUB, r1=0, r5=STUB + 0x40)
    assert made.machine.registers.r[1] == 20
    assert made.word(STUB + 0x40) == 19


def test_the_hosts_change_of_code_takes_effect() -> None:
    made = bench()
    made.machine.poke(STUB, assemble(OLD, STUB))
    code = "blx r6\nmov r8, r0\nwait: b wait"
    made.run(code, steps=50, r6=STUB | 1)
    made.machine.poke(STUB, assemble(NEW, STUB))
    made.run(code, steps=50, r6=STUB | 1)
    assert made.machine.registers.r[8] == 0x66
