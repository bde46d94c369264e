"""Blocks that run so often that they are translated again with fewer hooks: nothing that must be seen is missed."""

from __future__ import annotations

import pytest
from support.accelerator import require_accelerator
from support.machines import CODE, RAM, Bench, bench

from emulator.engine.blocks import BlockClock

HOT = 5000
"""Rounds after which a block has been translated again."""
DATA = RAM + 0x1000


def end_of(
    code: str, *, steps: int, pure: bool, monkeypatch: pytest.MonkeyPatch, **registers: int
) -> tuple[object, ...]:
    """Run ``code`` to its first fault or its BKPT-free end; return what can be seen of it."""
    if pure:
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    else:
        monkeypatch.delenv("V7M_PURE_PYTHON", raising=False)
        require_accelerator()
    made = bench()
    made.machine.poke(DATA, DATA.to_bytes(4, "little"))
    made.machine.poke(0xF00, b"\xfe\xe7")
    made.run(code, steps=steps, r4=DATA, r5=DATA + 64, r6=DATA, **registers)
    fault = made.machine.last_fault
    record = fault and (fault.fault.cause.name, fault.pc, fault.time, tuple(fault.registers.r))
    return made.machine.engine.executed, tuple(made.machine.registers.r), record, events_of(made)


def events_of(made: Bench) -> list[str]:
    return [repr(event) for event in made.events]


def assert_halves_agree(
    code: str, monkeypatch: pytest.MonkeyPatch, steps: int = 8 * HOT, **registers: int
) -> tuple[object, ...]:
    ends = [end_of(code, steps=steps, pure=pure, monkeypatch=monkeypatch, **registers) for pure in (False, True)]
    assert ends[0] == ends[1]
    return ends[0]


LOOP = """
    movw r7, #{rounds}
loop:
    {body}
    subs r7, #1
    bne loop
    {then}
    movw r7, #10
    b loop
"""


def loop(body: str, then: str, rounds: int = HOT) -> str:
    return LOOP.format(body=body, then=then, rounds=rounds)


@pytest.mark.parametrize(
    "body",
    [
        "ldrd r0, r1, [r4, #8]",
        "ldmia r4!, {r0, r1}\n sub r4, #8",
        "nop\n add r3, r4, #12\n stmia r3!, {r0, r1}\n strd r0, r1, [r3]",
        "ldr r3, [r6]\n nop\n ldrd r0, r1, [r3, #8]\n nop\n strd r0, r1, [r3, #16]",
        "ite pl\n ldrdpl r0, r1, [r4]\n strdmi r0, r1, [r4]",
    ],
)
@pytest.mark.parametrize("then", ["add r4, #2", "add r4, #1\n str r4, [r6]"])
def test_a_base_that_becomes_misaligned_faults_at_its_instruction(
    body: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "[r6]" in body and "str" not in then:
        then += "\n str r4, [r6]"
    executed, _, fault, _ = assert_halves_agree(loop(body, then), monkeypatch)
    assert fault is not None, (executed, body)
    assert "UNALIGNED" in repr(fault)


@pytest.mark.parametrize("control", [0, 1, 3])
def test_a_base_that_comes_from_a_misaligned_sp_is_judged_alike(control: int, monkeypatch: pytest.MonkeyPatch) -> None:
    code = loop("add r3, sp, #8\n ldrd r0, r1, [r3]\n ldmia r3, {r0, r1}", "mov r8, sp\n add r8, #2\n mov sp, r8")
    enter = f"sub sp, #64\n mov r0, sp\n msr psp, r0\n movs r0, #{control}\n msr control, r0\n isb\n"
    assert_halves_agree(enter + code, monkeypatch)


@pytest.mark.parametrize("control", [0, 1, 2])
@pytest.mark.parametrize("then", ["add r4, #1", "sub r4, #2", "nop"])
def test_a_frame_pointer_that_becomes_misaligned_leaves_sp_no_low_bits(
    then: str, control: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "adds r5, #0\n mov sp, r4\n mov r3, sp\n add r6, sp, #4\n push {r3, r6}\n pop {r8, r9}"
    enter = f"mov r0, sp\n msr psp, r0\n movs r0, #{control}\n msr control, r0\n isb\n"
    executed, registers, *_ = assert_halves_agree(enter + loop(body, then), monkeypatch)
    assert executed > 6 * HOT
    assert (registers[3] & 3, registers[8] & 3) == (0, 0)


def test_a_known_frame_pointer_needs_no_hook() -> None:
    require_accelerator()
    made = bench()
    made.run("loop: mov sp, r4\n push {r0}\n subs r7, #1\n bne loop\nend: b end", steps=6 * HOT, r7=1 << 20, r4=DATA)
    block = made.machine.engine.clock.block_at(CODE, 8)
    assert block is not None
    assert (block.bases, block.proven) == (1 << 4, frozenset({2}))
    assert made.machine.engine.watched._watched_range(block) == (1, 0)


def test_an_access_that_does_not_execute_may_be_misaligned(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "adds r3, #0\n it ne\n ldrdne r0, r1, [r4]"
    code = loop(body, "add r4, #2\n movs r3, #0").replace("b loop", "cbz r2, stop\n b loop\nstop: b stop")
    _, _, fault, _ = assert_halves_agree(code, monkeypatch, r3=1, r2=0)
    assert fault is None


def long_body(loads: int) -> str:
    return "\n".join(["ldr r2, [r5, #4]"] * loads)


def test_what_a_long_block_ends_with_is_watched_although_it_was_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    body = f"{long_body(300)}\n ldr r3, [r6]\n ldrd r0, r1, [r3]"
    executed, _, fault, _ = assert_halves_agree(
        loop(body, "add r4, #2\n str r4, [r6]", rounds=400).replace("movw r7, #10", "movw r7, #3"), monkeypatch,
        steps=150_000,
    )  # fmt: skip
    assert "UNALIGNED" in repr(fault), executed


@pytest.mark.parametrize("loads", [200, 210, 220, 300, 375])
def test_a_long_block_is_translated_whole_and_without_hooks(loads: int) -> None:
    require_accelerator()
    made = bench()
    made.run(f"loop: {long_body(loads)}\n subs r7, #1\n bne loop\nend: b end", steps=loads * 300, r7=1 << 20, r5=DATA)
    clock: BlockClock = made.machine.engine.clock
    block = clock.block_at(CODE, 2 * loads + 6)
    assert block is not None and block.proven is not None
    assert made.machine.engine.watched._watched_range(block) == (1, 0)


def test_an_aligned_base_needs_no_hook() -> None:
    require_accelerator()
    made = bench()
    code = "loop: ldrd r0, r1, [r4]\n stmia r4!, {r0, r1}\n sub r4, #8\n subs r7, #1\n bne loop\nend: b end"
    made.run(code, steps=6 * HOT, r7=1 << 20, r4=DATA)
    block = made.machine.engine.clock.block_at(CODE, 4 + 2 + 4 + 2 + 2)
    assert block is not None
    assert (block.bases, block.proven) == (1 << 4, frozenset({0, 4}))
    assert made.machine.engine.watched._watched_range(block) == (1, 0)
