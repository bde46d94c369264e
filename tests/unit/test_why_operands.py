"""What the decoder says an instruction does is what the engine did: checked step by step over real programs.

Whatever register changed is among the results; what a move, a load or a sum is said to give it has; what is said to be
stored is in memory.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_programs import build_elf

from emulator.asm import assemble
from emulator.diagnosis.replay import XPSR, Replay, State
from emulator.disasm import disassemble
from emulator.harness.guest_input import GuestInput, no_input
from emulator.harness.session import board_of, open_machine
from emulator.harness.setup import Setup
from emulator.operands import DERIVED, LOAD, LR, MOVE, PC, SP, SUM, effect_of, holds, split_mnemonic

PREBUILT = Path(__file__).parents[2] / "firmware" / "prebuilt"
UNSIGNED = ("ldr", "ldrb", "ldrh", "ldrd", "ldrex", "ldrexb", "ldrexh", "ldm", "pop", "ldmdb")
ODD = """
    movw r0, #0x1000; movt r0, #0x2000; movs r1, #0x40; movs r2, #3; ldr r3, =0x12345678; mov r4, r3
    str r3, [r0]; str r3, [r0, r2, lsl #2]; strb r3, [r0, #5]; strh r3, [r0], #2; str r1, [r0, #6]!
    strd r1, r3, [r0, #8]; stm r0!, {r1, r2, r3}; stmdb r0!, {r1, r3}; ldr r5, [r0]; ldrb r6, [r0, #1]
    ldrsb r6, [r0, #3]; ldrh r6, [r0, r2]
    ldrsh r6, [r0, #2]; ldrd r6, r7, [r0, #8]; ldr r8, [r0], #4; ldr r9, [r0, #-4]!; ldm r0, {r5, r6, r7}
    ldmdb r0!, {r5, r6}; ldm r0!, {r5, r7}; push {r0-r3}; pop {r4-r7}; push {r1}; pop {r9}; ldrex r5, [r0]
    strex r6, r5, [r0]; strexb r6, r5, [r0]; add r5, r0, r2; add r5, r0, r2, lsl #3; adds r5, #4; subs r5, r5, r2
    sub sp, #16; add r7, sp, #8; str r1, [sp, #4]; ldr r8, [sp, #4]; mov r10, sp; add sp, #16; nop; nop
    mla r5, r1, r2, r0; mls r5, r1, r2, r0; mul r5, r1, r2; umull r5, r6, r1, r3; smlal r5, r6, r1, r3; sdiv r5, r3, r2
    and r5, r3, #7; bic r5, r5, #1; orr r5, r3, #1; lsl r5, r3, #2; lsrs r5, r3, #1; asr r5, r3, r2; uxtb r5, r3
    sxth r5, r3; ubfx r5, r3, #4, #8; bfi r5, r3, #4, #8; bfc r5, #0, #4; rsb r5, r2, #0; mvn r5, r3; clz r5, r3
    rev r5, r3; rbit r5, r3; movt r5, #0x1234; cmp r1, r2; it gt; movgt r5, r3; it le; movle r6, r3; itt eq
    ldreq r5, [r0]; streq r5, [r0]; ite ne; addne r5, r0, r1; subeq r5, r0, r1; tst r1, r2; mrs r5, apsr
    adc r5, r1, r2; sbcs r5, r1, r2; ror r5, r3, #3; rrx r5, r3; usat r5, #5, r3; ssat r5, #8, r3; b .
"""


def replay_of(path: Path, count: int) -> list[tuple[State, State, bytes, dict[int, bytes]]]:
    """Return each of the last steps of ``count`` instructions: before, after, code, and memory to look at."""
    setup = Setup((str(path),))
    with open_machine(setup, board_of(setup), GuestInput(no_input), has_input=False) as session:
        machine = session.machine
        found = []
        replay = Replay(session, 0)
        for _ in range(count):
            before = replay.here()
            code = replay.peek(before.pc, 4) or b""
            touched = memory_of(before, code)
            seen = {address: replay.peek(address, 4) or b"" for address in touched}
            if machine.step() is not None:
                break
            after = replay.here()
            later = {address: replay.peek(address, 4) or b"" for address in touched}
            if after.position.turns == before.position.turns and after.ipsr == before.ipsr:
                found.append((before, after, code, seen | {-1 - address: word for address, word in later.items()}))
        return found


def memory_of(state: State, code: bytes) -> list[int]:
    effect = effect_of(disassemble(code, state.pc, itstate(state)))
    sources = [(one.memory, one.place) for one in effect.results.values() if one.memory is not None]
    sources += [(one.memory, one.place) for one in effect.stored]
    return [memory.address(state.registers, state.pc) + place & 0xFFFF_FFFF for memory, place in sources]


def itstate(state: State) -> int:
    xpsr = state.registers[XPSR]
    return xpsr >> 25 & 3 | xpsr >> 8 & 0xFC


def check(before: State, after: State, code: bytes, memory: dict[int, bytes]) -> set[str]:
    """Compare one step with what is said of it; return the kinds of sources that were compared."""
    instruction = disassemble(code, before.pc, itstate(before))
    effect = effect_of(instruction)
    kinds: set[str] = set()
    passed = holds(effect.condition, before.registers[XPSR])
    was_trap = instruction.mnemonic in ("svc", "bkpt")
    for register in range(15):
        old, new = before.registers[register], after.registers[register]
        if old != new and not was_trap:
            assert passed and register in effect.results, instruction.text
    for register, source in effect.results.items() if passed else ():
        if register == PC:
            continue
        new, read = after.registers[register], [before.registers[one] for one in source.registers]
        if source.kind == MOVE:
            assert new == read[0] if source.registers[0] != PC else True, instruction.text
        elif source.kind == LOAD and source.memory is not None:
            name, _ = split_mnemonic(instruction.mnemonic)
            address = source.memory.address(before.registers, before.pc) + source.place & 0xFFFF_FFFF
            if not memory[address]:
                continue
            value = int.from_bytes(memory[address][: source.size], "little")
            if name in UNSIGNED:
                assert new == value & ~(3 if register == SP else 0), instruction.text
            else:
                assert new & (1 << 8 * source.size) - 1 == value, instruction.text
        kinds.add(source.kind)
    for stored in effect.stored if passed and not instruction.mnemonic.startswith("strex") else ():
        address = stored.memory.address(before.registers, before.pc) + stored.place & 0xFFFF_FFFF
        if not memory[-1 - address]:
            continue  # a register of a device, or of the core
        value = before.registers[stored.register].to_bytes(4, "little")[: stored.size]
        assert memory[-1 - address][: stored.size] == value, instruction.text
        kinds.add("store")
    return kinds


@pytest.mark.parametrize(
    ("mnemonic", "name", "condition"),
    [
        *[("bls", "b", "ls"), ("bl", "bl", ""), ("blt", "b", "lt"), ("blls", "bl", "ls"), ("ble.w", "b", "le")],
        *[("bics", "bic", ""), ("movs", "mov", ""), ("movls", "mov", "ls"), ("mls", "mls", "")],
    ],
)  # fmt: skip
def test_a_condition_is_told_from_the_letters_of_a_name(mnemonic, name, condition):
    assert split_mnemonic(mnemonic) == (name, condition)


@pytest.mark.parametrize("name", ["stack_isolation", "bare_switch"])
def test_a_decoded_effect_is_what_the_engine_did(name: str) -> None:
    kinds: set[str] = set()
    steps = replay_of(PREBUILT / f"{name}.elf", 2_500)
    assert len(steps) > 1_500
    for step in steps:
        kinds |= check(*step)
    assert kinds >= {SUM, LOAD, "store"}


def test_the_instructions_that_programs_seldom_have_do_what_is_said(tmp_path: Path) -> None:
    path = tmp_path / "odd.elf"
    path.write_bytes(build_elf(ODD))
    steps = replay_of(path, ODD.count(";") + 60)
    assert len(steps) > 90
    assert set().union(*(check(*step) for step in steps)) >= {MOVE, SUM, DERIVED, LOAD, "store"}


@pytest.mark.parametrize(
    ("text", "registers"),
    [
        ("mov r1, r2", {1: (MOVE, (2,))}),
        ("add r1, r2, r3", {1: (SUM, (2, 3))}),
        ("adds r1, #4", {1: (SUM, (1,))}),
        ("add.w r1, r2, r3, lsl #2", {1: (SUM, (2, 3))}),
        ("mla r1, r2, r3, r4", {1: (SUM, (4, 2))}),
        ("bic r1, r2, #7", {1: (DERIVED, (2,))}),
        ("and r1, r2, r3", {1: ("other", (2, 3))}),
        ("movw r1, #5", {1: ("constant", ())}),
        ("ldr r1, [r2]", {1: (LOAD, ())}),
        ("bl #0x400", {LR: ("constant", ())}),
        ("cmp r1, r2", {}),
        ("vldr s0, [r1]", {}),
        ("vmov r1, s0", {1: ("other", ())}),
    ],
)
def test_what_a_result_is_made_of(text: str, registers: dict[int, tuple[str, tuple[int, ...]]]) -> None:
    effect = effect_of(disassemble(assemble(text, 0x100), 0x100))
    assert {register: (source.kind, source.registers) for register, source in effect.results.items()} == registers


@pytest.mark.parametrize(
    ("condition", "nzcv", "expected"),
    [
        ("eq", 0b0100, True), ("ne", 0b0100, False), ("hs", 0b0010, True), ("lo", 0b0010, False),
        ("hi", 0b0110, False), ("ls", 0b0110, True), ("ge", 0b1001, True), ("lt", 0b1000, True),
        ("gt", 0b0100, False), ("le", 0b0000, False), ("mi", 0b1000, True), ("vc", 0b0001, False), ("", 0, True),
    ],
)  # fmt: skip
def test_a_condition_holds_as_the_manual_says(condition: str, nzcv: int, expected: bool) -> None:
    assert holds(condition, nzcv << 28) is expected
