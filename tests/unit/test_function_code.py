"""What code does to the stack on its way: prologues, epilogues, early returns, tail calls, all without CFI."""

from __future__ import annotations

import pytest

from emulator.asm import assemble
from emulator.debuginfo.source import UnwindRow
from emulator.errors import GuestAccessError
from emulator.trace.function_code import FunctionCode

AT = 0x100


def code_of(source: str) -> tuple[FunctionCode, int]:
    """Return the function that ``source`` is, at AT, and the address behind it."""
    data = assemble(source, AT)

    def peek(address: int, size: int) -> bytes:
        if not AT <= address <= AT + len(data) - size:
            raise GuestAccessError("outside")
        return data[address - AT : address - AT + size]

    return FunctionCode([(AT, AT + len(data))], peek), AT + len(data)


def row_before(source: str, last: str) -> UnwindRow | None:
    """Return how to leave the function in front of ``last``, which ends it."""
    code, end = code_of(f"{source}; {last}")
    return code.unwind(end - len(assemble(last, AT)))


@pytest.mark.parametrize(
    ("source", "depth", "saved"),
    [
        ("push {r4, lr}", 8, {4: -8, 14: -4}),
        ("push.w {r4, r8, lr}; sub.w sp, sp, #0x80", 140, {4: -12, 8: -8, 14: -4}),
        ("str lr, [sp, #-4]!", 4, {14: -4}),
        ("str lr, [sp, #-8]!", 8, {14: -8}),
        ("strd r4, lr, [sp, #-8]!", 8, {4: -8, 14: -4}),
        ("sub sp, #8; str.w lr, [sp, #4]", 8, {14: -4}),
        ("push {r4, lr}; vpush {d8, d9}", 24, {4: -8, 14: -4}),
        ("push {r4, lr}; vpush {s16}; vpop {s16}", 8, {4: -8, 14: -4}),
        ("push {r4, r5, lr}; sub sp, #4; add sp, #4", 12, {4: -12, 5: -8, 14: -4}),
        ("push {r4, lr}; pop.w {r4, lr}", 0, {}),
        ("push {r4, lr}; movw r4, #0x1234; sub.w sp, sp, r4", 8 + 0x1234, {4: -8, 14: -4}),
        ("push {r4, lr}; mov r4, r0; push {r4}", 12, {4: -8, 14: -4}),
    ],
)
def test_the_stack_behind_a_prologue_or_an_epilogue(source, depth, saved):
    row = row_before(source, "nop")
    assert row is not None
    assert (row.cfa_register, row.cfa_offset, row.saved) == (13, depth, saved)


def test_a_frame_pointer_replaces_a_stack_pointer_that_moved_by_an_unknown_amount():
    row = row_before("push {r7, lr}; add r7, sp, #0; sub.w sp, sp, r0", "nop")
    assert row is not None and (row.cfa_register, row.cfa_offset) == (7, 8)
    assert row_before("push {r4, lr}; sub.w sp, sp, r0", "nop") is None


def test_a_frame_pointer_that_was_moved_is_followed():
    row = row_before("push {r7, lr}; sub sp, #16; add r7, sp, #8; adds r7, #8; mov sp, r7", "nop")
    assert row is not None and (row.cfa_register, row.cfa_offset) == (13, 8)


def test_a_register_that_was_overwritten_is_no_frame_pointer():
    assert row_before("push {r7, lr}; mov r7, sp; sub.w sp, sp, r0; ldr r7, [r1]", "nop") is None


def test_what_is_behind_an_early_return_still_has_its_frame():
    code, end = code_of("push {r4, lr}; cmp r0, #0; it eq; popeq {r4, pc}; sub sp, #8; nop")
    row = code.unwind(end - 2)
    assert row is not None and row.cfa_offset == 16 and row.saved[14] == -4


def test_what_a_condition_decides_is_unknown_behind_it():
    assert row_before("push {r4, lr}; cmp r0, #0; it eq; pusheq {r5}", "nop") is None
    row = row_before("push {r7, lr}; mov r7, sp; cmp r0, #0; it eq; subeq sp, #8", "nop")
    assert row is not None and (row.cfa_register, row.cfa_offset) == (7, 8)
    code, end = code_of("cmp r0, #0; it eq; blxeq r3; nop")
    assert code.reaches(end - 2) and not code.keeps_lr(end - 2)


def test_ways_that_meet_keep_what_both_say():
    # One way saves LR and calls, the other one does not: behind both, LR may be anything.
    code, end = code_of("cbz r0, #0x106; bl #0x400; nop; nop")
    assert code.reaches(end - 2) and not code.keeps_lr(end - 2)
    code, end = code_of("cbz r0, #0x104; nop; nop; nop")
    assert code.keeps_lr(end - 2)


def test_the_targets_of_a_table_branch_are_ways():
    code, _ = code_of("push {r4, lr}; tbb [pc, r0]; .byte 2, 1; nop; pop {r4, pc}")
    row = code.unwind(AT + 10)
    assert row is not None and row.cfa_offset == 8


@pytest.mark.parametrize(
    ("source", "exits"),
    [
        ("b.w #0x400", [(AT, 0x400)]),
        ("push {r4, lr}; pop.w {r4, lr}; b.w #0x400", [(AT + 6, 0x400)]),
        ("bx r3", [(AT, None)]),
        ("push {r4, lr}; bx r3", []),
        ("push {r4, lr}; b.w #0x400", []),
        ("bx lr", []),
        ("push {r4, lr}; pop {r4, pc}", []),
        ("ldr.w pc, [pc, #0]; .word 0x801", [(AT, 0x800)]),
    ],
)
def test_tail_calls_leave_the_stack_and_lr_as_they_were(source, exits):
    code, _ = code_of(source)
    assert [(leaving.pc, leaving.target) for leaving in code.exits] == exits


def test_code_that_runs_on_leaves_its_function_too():
    code, end = code_of("movs r1, #0")
    assert [(leaving.pc, leaving.target) for leaving in code.exits] == [(AT, end)]


def test_code_that_is_no_memory_or_no_instruction_ends_its_way():
    code, end = code_of("nop; udf #0; nop")
    assert not code.reaches(end - 2)
    assert not FunctionCode([(0, 100)], lambda address, size: (_ for _ in ()).throw(GuestAccessError(""))).exits
