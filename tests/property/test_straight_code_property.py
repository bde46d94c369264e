"""Random programs with straight code that the engine translates in pieces, and changes that count where it ends.

A run with the C half, in pure Python, by the audit back-end, by single steps and from breakpoint to breakpoint must
come to the same states.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

import pytest
from support.accelerator import random_cases, use_half
from support.machines import CORES, RAM
from test_native_exceptions import FP, HANDLERS, IN_HANDLERS, IN_THREADS, THREAD, code, prepare, state

from emulator.devices.bus import MemoryBlock
from emulator.machine.machine import Machine, Options
from emulator.machine.stop import Breakpoint, BudgetSpent, StopReason

CCR, MPU_CTRL, CPACR, FPCCR = 0xE000_ED14, 0xE000_ED94, 0xE000_ED88, 0xE000_EF34
RUNS, CASES, MOST_STEPS = 5, random_cases(16), 20_000
SIZE = 0x7C0


def store(address: int, value: int) -> str:
    parts = (f"movw r6, #{address & 0xFFFF}", f"movt r6, #{address >> 16}", f"movw r5, #{value & 0xFFFF}")
    return "; ".join((*parts, f"movt r5, #{value >> 16}", "str r5, [r6]"))


def change(rng: random.Random) -> str:
    """Return code that changes what instructions behind it may do, or pends PendSV, or is watched."""
    return rng.choice((
        store(CPACR, rng.choice((0, 15, 15, 5)) << 20), store(CCR, 0x200 | rng.choice((0, 8, 16, 24))),
        store(FPCCR, rng.randrange(4) << 30), store(MPU_CTRL, rng.choice((0, 5, 5, 7, 1))), "str r10, [r11]",
        "str r10, [r11]", "udiv r6, r4, r12; ldrd r6, r5, [r2]; mov r12, r4",
    ))  # fmt: skip


def straight_code(rng: random.Random, snippets: tuple[str, ...], ends: str) -> bytes:
    """Return some kibibytes of code without many branches, and one back to where it begins."""
    out = bytearray()
    while len(out) < SIZE:
        kind = rng.random()
        if kind < 0.12:
            out += code("adds r4, #1; " * rng.randrange(100, 330))
        elif kind < 0.4:
            out += code(change(rng))
        else:
            out += code(ends if kind < 0.5 else rng.choice(snippets))
    return bytes(out) + struct.pack("<H", 0xE000 | (-(len(out) + 4) // 2 & 0x7FF))


def machine(core: str, seed: str, audit: bool = False) -> Machine:
    memories = [MemoryBlock("code", 0, 0x1_0000, True), MemoryBlock("data", RAM, 0x1_0000, True)]
    made = Machine(CORES[core], [(memories[0], ()), (memories[1], (RAM + 0x1_0000,))], Options(audit=audit))
    prepare(made, seed)
    rng = random.Random(f"straight {seed}")
    fp = FP if made.config.has_fpu else ()
    made.poke(THREAD, straight_code(rng, IN_THREADS + fp, "b over; over: nop"))
    made.poke(HANDLERS, straight_code(rng, IN_HANDLERS + fp, "bx lr"))
    made.registers.r[12] = rng.randrange(2)
    return made


def go(made: Machine, executed: int, taken: int, way: str) -> StopReason | None:
    """Bring ``made`` to a moment that a run has come to; answer why it ended, if it did."""
    if way != "steps":
        while made.engine.executed < executed:
            reason = made.run(executed - made.engine.executed)
            if not isinstance(reason, Breakpoint):
                return None if isinstance(reason, BudgetSpent) else reason
        return None
    for _ in range(MOST_STEPS):
        if made.engine.executed >= executed and made.exceptions.taken >= taken:
            return None
        reason = made.step()
        if reason is not None:
            return reason
    return None


def ways(core: str, seed: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Machine]]:
    for half in ("c", "pure"):
        use_half(half, monkeypatch)
        yield half, machine(core, seed)
        yield "steps", machine(core, seed)
        yield "audit", machine(core, seed, audit=True)
        stopped, rng = machine(core, seed), random.Random(seed)
        for _ in range(25):
            stopped.set_breakpoint(rng.choice((THREAD, HANDLERS)) + rng.randrange(SIZE // 2) * 2)
        yield "breakpoints", stopped


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4"])
@pytest.mark.parametrize("case", range(CASES))
def test_all_ways_lead_to_the_same_states(core: str, case: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = f"{core} {case}"
    use_half("c", monkeypatch)
    whole, rng, expected = machine(core, seed), random.Random(seed), []
    for _ in range(RUNS):
        reason = whole.run(rng.randrange(100, 700))
        if not isinstance(reason, BudgetSpent):
            break  # a lockup, whose moment is told by what came before
        expected.append((whole.engine.executed, whole.exceptions.taken, state(whole)))
    for way, made in ways(core, seed, monkeypatch):
        for executed, taken, then in expected:
            reason = go(made, executed, taken, way)
            assert reason is None, f"{way}: {reason}"
            assert (made.engine.executed, state(made)) == (executed, then), way
