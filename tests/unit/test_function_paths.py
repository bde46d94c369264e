"""Whether the other way of a branch can come by without a call: small functions of assembly, decided by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from emulator.asm import assemble
from emulator.diagnosis.function_paths import Code, branch_target, condition_of
from emulator.disasm import Instruction, disassemble_range

BASE, ENDS = 0x1000, 0x2000
FUNCTIONS = {ENDS: "push {r4, lr}; stop: b stop", 0x3000: "movs r0, #1; bx lr", 0x4000: "push {r4, lr}; bl 0x2000"}
"""One that loops for ever, one that returns, and one that is ended by what it calls."""


def replay_of(function: str) -> Any:
    """Return what a function and those that it calls are read from."""
    code = {address: assemble(text, address) for address, text in {**FUNCTIONS, BASE: function}.items()}

    def peek(address: int, size: int) -> bytes | None:
        found = next(start for start in code if start <= address < start + len(code[start]))
        return code[found][address - found :][:size]

    def find_code(address: int) -> Any:
        found = next((start for start in code if start <= address < start + len(code[start])), None)
        return None if found is None else SimpleNamespace(address=found | 1, size=len(code[found]))

    symbols = SimpleNamespace(find_code=find_code)
    return SimpleNamespace(peek=peek, machine=SimpleNamespace(image=SimpleNamespace(symbols=symbols)))


def decided(function: str, *, way: str = "call") -> bool:
    """Whether the first branch of ``function`` decides about its last call of 0x2000, having gone that ``way``."""
    replay = replay_of(function)
    code = Code.at(replay, BASE)
    assert code is not None
    listed = disassemble_range(replay.peek(BASE, 0x1000), BASE)
    branch = next(one for one in listed if condition_of(one))
    call = [one for one in listed if one.mnemonic == "bl"][-1]
    behind = branch.address + branch.size
    return code.may_avoid(branch, behind if way == "on" else call.address, call.address)


@pytest.mark.parametrize(
    ("function", "way", "expected"),
    [
        ("cmp r0, #8; bhs bad; bx lr; bad: bl 0x2000", "call", True),
        ("cmp r0, #8; blo good; bl 0x2000; good: bx lr", "on", True),
        ("cmp r0, #8; bhs more; movs r1, #1; more: bl 0x2000; bx lr", "on", False),  # both ways lead to the call
        ("again: subs r0, #1; beq done; b again; done: bl 0x2000; bx lr", "call", True),  # the loop asks it again
        ("cmp r0, #8; bhs bad; bl 0x4000; bad: bl 0x2000", "call", True),  # the other way ends the program, too
        ("cmp r0, #8; bhs bad; bl 0x3000; bad: bl 0x2000", "call", False),  # what is called there returns
        ("cmp r0, #8; bhs bad; b 0x3000; bad: bl 0x2000", "call", True),  # a tail call
    ],
)
def test_a_branch_has_decided_where_its_other_way_comes_by_without_the_call(function, way, expected):
    assert decided(function, way=way) is expected


def test_functions_that_call_each_other_without_end_are_not_followed_for_ever():
    calls = "; ".join(f"bl {0x5000 + 0x100 * number:#x}" for number in range(20))
    for number in range(20):
        FUNCTIONS[0x5000 + 0x100 * number] = f"push {{r4, lr}}; {calls}; bx lr"
    try:
        function = f"cmp r0, #8; bhs bad; {calls}; bad: bl 0x2000"
        replay = replay_of(function)
        code = Code.at(replay, BASE, [500])
        assert code is not None
        branch = next(one for one in disassemble_range(replay.peek(BASE, 0x1000), BASE) if condition_of(one))
        assert code.may_avoid(branch, branch_target(branch), BASE)
        assert code.left[0] < 0
    finally:
        for number in range(20):
            del FUNCTIONS[0x5000 + 0x100 * number]


@pytest.mark.parametrize(
    ("text", "condition"),
    [("bhs 0x1010", "hs"), ("b 0x1010", ""), ("cbz r0, 0x1010", "zero"), ("bl 0x1010", ""), ("adds r0, #1", "")],
)
def test_only_branches_and_calls_have_a_condition(text, condition):
    (instruction,) = disassemble_range(assemble(text, BASE), BASE)
    assert isinstance(instruction, Instruction)
    assert condition_of(instruction) == condition
