"""Breakpoints and watchpoints: a run ends in front of them, goes on behind them, and is otherwise the same run."""

from __future__ import annotations

import pytest
from support.machines import CODE, RAM, Bench, bench

from emulator.armv7m.faults import Access
from emulator.asm import assemble
from emulator.machine.stop import Breakpoint, BudgetSpent, Watchpoint

LOOP = "l: adds r0, #1; str r0, [r1]; ldr r2, [r1, #64]; adds r3, #1; b l"
STR, LDR, SECOND_ADD = CODE + 2, CODE + 4, CODE + 6
HALVES = [False, True]


def made_bench(pure: bool, monkeypatch: pytest.MonkeyPatch) -> Bench:
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    made = bench()
    made.machine.observers.clear()
    return made


def begin(made: Bench, code: str = LOOP, **registers: int) -> None:
    made.machine.poke(CODE, assemble(code, CODE))
    regs = made.machine.registers
    regs.pc, regs.r[0], regs.r[1], regs.r[2], regs.r[3] = CODE, 0, RAM, 0, 0
    for name, value in registers.items():
        regs.r[int(name[1:])] = value


@pytest.mark.parametrize("pure", HALVES)
def test_a_run_ends_in_front_of_a_breakpoint_each_time(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_bench(pure, monkeypatch)
    begin(made)
    made.machine.run(50)  # the loop is translated already
    made.machine.set_breakpoint(SECOND_ADD | 1)
    for turn in range(11, 14):
        reason = made.machine.run(1000)
        assert reason == Breakpoint(5 * (turn - 1) + 3, SECOND_ADD)
        assert made.machine.registers.pc == SECOND_ADD
        assert made.machine.registers.r[0] == turn and made.machine.registers.r[3] == turn - 1
    made.machine.clear_breakpoint(SECOND_ADD)
    assert isinstance(made.machine.run(100), BudgetSpent)


@pytest.mark.parametrize("pure", HALVES)
@pytest.mark.parametrize("code", ["vldr s0, [r1]", "ldm r1, {r4, r5}", "ldr r4, [r1]", "mrs r4, control"])
def test_a_breakpoint_may_be_at_an_instruction_that_is_looked_at_anyway(
    code: str, pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = made_bench(pure, monkeypatch)
    made.machine.system.cpacr = 15 << 20
    begin(made, f"nop; {code}; b .")
    made.machine.set_breakpoint(CODE + 2)
    assert made.machine.run(20) == Breakpoint(1, CODE + 2)
    assert isinstance(made.machine.run(20), BudgetSpent)
    assert made.machine.registers.pc > CODE + 2


@pytest.mark.parametrize("pure", HALVES)
def test_a_breakpoint_in_an_it_block_leaves_its_itstate(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_bench(pure, monkeypatch)
    begin(made, "cmp r0, #1; itt ne; addne r3, #1; addne r2, #1; adds r4, #1; b .", r4=0)
    made.machine.set_breakpoint(CODE + 6)
    assert made.machine.run(20) == Breakpoint(3, CODE + 6)
    assert made.machine.registers.xpsr >> 25 & 3 or made.machine.registers.xpsr >> 10 & 0x3F
    made.machine.run(20)
    assert list(made.machine.registers.r[2:5]) == [1, 1, 1]


@pytest.mark.parametrize("pure", HALVES)
def test_a_run_ends_in_front_of_a_watched_store_and_no_other_access(
    pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = made_bench(pure, monkeypatch)
    begin(made)
    made.machine.run(50)
    made.machine.watch(RAM + 2, 1)
    for turn in (11, 12):
        assert made.machine.run(1000) == Watchpoint(5 * (turn - 1) + 1, STR, RAM, 4, Access.WRITE, turn)
        assert made.word(RAM) == turn - 1
    made.machine.clear_watches()
    made.machine.watch(RAM + 64, 4, reads=True, writes=False)
    assert made.machine.run(1000) == Watchpoint(57, LDR, RAM + 64, 4, Access.READ, None)
    assert made.word(RAM) == 12
    made.machine.clear_watches()
    assert isinstance(made.machine.run(100), BudgetSpent)


@pytest.mark.parametrize("pure", HALVES)
def test_a_load_that_crosses_into_a_watched_page_is_noticed(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_bench(pure, monkeypatch)
    begin(made, "l: adds r0, #1; ldr r2, [r1]; b l", r1=RAM + 1022)
    made.machine.run(30)
    made.machine.watch(RAM + 1024, 4, reads=True)
    reason = made.machine.run(100)
    assert isinstance(reason, Watchpoint) and reason.pc == CODE + 2 == made.machine.registers.pc
    turns = made.machine.registers.r[0]
    assert isinstance(made.machine.run(100), Watchpoint)
    assert made.machine.registers.r[0] == turns + 1


@pytest.mark.parametrize("distance", [32, 4])
def test_only_accesses_to_watched_bytes_ask_python(distance: int) -> None:
    made = bench()
    made.machine.observers.clear()
    begin(made, "movw r5, #20000; l: str r0, [r1]; subs r5, #1; bne l; b .", r1=RAM + distance)
    made.machine.watch(RAM, 4)
    shared = made.machine.engine._shared
    before = shared.python_calls
    assert isinstance(made.machine.run(50_000), BudgetSpent)
    if made.machine.processor.native is not None:
        assert shared.python_calls - before < 100


@pytest.mark.parametrize("pure", HALVES)
@pytest.mark.parametrize("count", [1, 8, 9])
@pytest.mark.parametrize("store", ["strb r0, [r3]", "str r0, [r3, #-3]", "strh r0, [r3]"])
def test_bytes_beside_watched_ones_are_used_and_the_watched_ones_stop(
    pure: bool, count: int, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their number: so many are known to the C half, which decides about what is in their granule."""
    made = made_bench(pure, monkeypatch)
    first = RAM + 64
    last = first + count - 1
    begin(made, f"l: str r0, [r1]; adds r0, #1; cmp r0, #50; bne l; {store}; b .", r1=first + 20, r3=last)
    for address in range(first, last + 1):
        made.machine.watch(address, 1)
    reason = made.machine.run(2000)
    assert isinstance(reason, Watchpoint) and reason.address <= last < reason.address + reason.size
    assert (made.word(first + 20), made.machine.registers.r[0]) == (49, 50)
    assert made.word(first - 4) == made.word(first) == 0


def test_what_cannot_be_watched_is_refused() -> None:
    machine = bench().machine
    for address, size in ((RAM, 0), (0xE000_E010, 4), (0xDFFF_FFFE, 4)):
        with pytest.raises(ValueError, match="cannot be watched"):
            machine.watch(address, size)


@pytest.mark.parametrize("pure", HALVES)
def test_breakpoints_and_watchpoints_do_not_change_the_run(pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, pointed = made_bench(pure, monkeypatch), made_bench(pure, monkeypatch)
    for made in (plain, pointed):
        begin(made)
    pointed.machine.set_breakpoint(SECOND_ADD)
    pointed.machine.watch(RAM, 4)
    plain.machine.run(100)
    while pointed.machine.engine.executed < plain.machine.engine.executed:
        pointed.machine.run(plain.machine.engine.executed - pointed.machine.engine.executed)
    assert pointed.machine.clock.now == plain.machine.clock.now
    assert list(pointed.machine.registers.r) == list(plain.machine.registers.r)
    assert pointed.machine.registers.pc == plain.machine.registers.pc
    assert pointed.machine.peek(RAM, 256) == plain.machine.peek(RAM, 256)
