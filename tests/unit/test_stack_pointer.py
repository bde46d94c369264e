"""SP's low two bits: which instructions could set them is found by executing encodings, and nothing sees one set."""

from __future__ import annotations

import random
import struct

import pytest
from support.machines import CODE, RAM, STACK_TOP, Bench, bench
from unicorn import UC_ARCH_ARM, UC_MODE_THUMB, Uc, UcError, arm_const

from emulator.armv7m.instructions import Kind, decode_block
from emulator.armv7m.stack_pointer import narrow_writes_low_bits, wide_writes_low_bits
from emulator.asm import assemble
from emulator.machine.stop import Breakpoint

SP = 0x2000_2000
R = [getattr(arm_const, f"UC_ARM_REG_R{n}") for n in range(13)]
BACK_ENDS = ["native", "python", "audit"]


class RawEngine:
    """The engine by itself, which keeps what is written to SP; every register leads to readable memory."""

    def __init__(self) -> None:
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB)
        self.uc.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M4)
        self.uc.mem_map(0, 0x1000)
        self.uc.mem_map(0x2000_0000, 0x10000)

    def low_bits_after(self, code: bytes) -> int:
        """Return SP's low two bits after the one instruction ``code``; 0 where it does not execute."""
        uc = self.uc
        uc.mem_write(0x2000_1F00, b"\x03\x20\x00\x20" * 128)
        uc.mem_write(0x100, code + b"\x00\xbf" * 2)
        for n, register in enumerate(R):
            uc.reg_write(register, 0x2000_2000 + (n % 3 + 1))
        uc.reg_write(arm_const.UC_ARM_REG_LR, 0x2000_2003)
        uc.reg_write(arm_const.UC_ARM_REG_SP, SP)
        uc.reg_write(arm_const.UC_ARM_REG_S0, 0x2000_2003)
        try:
            uc.emu_start(0x101, 0x100 + len(code), count=1)
        except UcError:
            return 0
        return uc.reg_read(arm_const.UC_ARM_REG_SP) & 3


def test_no_16_bit_instruction_that_gives_sp_low_bits_is_missed() -> None:
    engine = RawEngine()
    is_branch = [word for word in range(0xE800) if word & 0xF000 == 0xD000 or word & 0xFF00 in (0x4700, 0xBF00, 0xBE00)]
    found = [
        word
        for word in sorted(set(range(0x4400, 0xE000)) - set(is_branch))
        if word & 0xFC00 in (0x4400, 0xA800, 0xB000) and engine.low_bits_after(struct.pack("<H", word))
    ]
    assert found
    assert {word & 0xFF87 for word in found} == {0x4485, 0x4685}
    assert all(map(narrow_writes_low_bits, found))


def test_no_32_bit_instruction_that_gives_sp_low_bits_is_missed() -> None:
    engine, rng = RawEngine(), random.Random(13)
    found = set()
    for _ in range(30_000):
        first = rng.choice((0xE800, 0xEA00, 0xF000, 0xF200, 0xF800, 0xF900, 0xFA00, 0xFB00, 0xEE00, 0xEC00))
        first |= rng.randrange(512) if rng.random() < 0.5 else rng.randrange(32) << 4 | 13
        second = rng.randrange(1 << 16)
        if rng.random() < 0.5:
            second = second & ~0xF00 | 0xD00
        if rng.random() < 0.5:
            second = second & ~0xF000 | 0xD000
        if first & 0xF800 == 0xF000 and second & 0x8000:
            continue  # branches and system instructions
        if first & 0xFF10 == 0xF900:
            continue  # Advanced SIMD, which no ARMv7-M core has
        if engine.low_bits_after(struct.pack("<HH", first, second)):
            assert wide_writes_low_bits(first, second), f"{first:04x} {second:04x}"
            found.add(first >> 9)
    assert found >= {0xE8 >> 1, 0xEA >> 1, 0xF0 >> 1, 0xF2 >> 1, 0xF8 >> 1, 0xFA >> 1}


@pytest.mark.parametrize(
    "text",
    [
        *("sub sp, #8", "add sp, #508", "add.w sp, sp, #0x218", "sub.w sp, sp, #0x1f40", "subw sp, sp, #2052"),
        *("add.w sp, sp, r1, lsl #2", "sub.w sp, sp, r9, lsl #3", "push {r4, lr}", "pop {r4, pc}"),
        *("ldr r0, [sp], #4", "ldrd r0, r1, [sp], #8", "ldr r0, [sp, #3]", "strb r0, [sp, #1]", "mov r7, sp"),
        "str r0, [sp, #-8]!",
        *("add r7, sp, #1", "cmp sp, r0", "vpush {s0-s3}", "vldr s13, [r0]", "stmdb sp!, {r4-r11}", "str sp, [r0]"),
        *("vldr d13, [r0]", "vmov s26, r0", "vadd.f32 s26, s0, s1", "tst.w r0, r1", "bl . + 0x1d00"),
    ],
)
def test_ordinary_code_does_not_pay(text: str) -> None:
    assert not decode_block(CODE, assemble(f"{text}; nop", CODE)).kinds & (Kind.AFTER_SP | Kind.SP_AT_END)


def test_conditional_instructions_behind_it_are_looked_at_up_to_the_first_that_always_executes() -> None:
    block = decode_block(CODE, assemble("itet eq; moveq sp, r0; movne r1, sp; moveq r2, sp; nop; nop", CODE))
    assert [s.offset for s in block.specials if s.kind & Kind.AFTER_SP] == [4, 6, 8]
    assert decode_block(CODE, assemble("nop; mov sp, r0", CODE)).kinds & Kind.SP_AT_END
    assert decode_block(CODE, assemble("it eq; moveq sp, r0", CODE)).kinds & Kind.SP_AT_END


# -- in a machine ----------------------------------------------------------------------------------------------------


def made(back_end: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    if back_end == "python":
        monkeypatch.setenv("V7M_PURE_PYTHON", "1")
    return bench(audit=back_end == "audit")


ODD = STACK_TOP - 0x100 + 3
WRITES = {
    "mov sp, r0": ODD - 3,
    "mov.w sp, r0": ODD - 3,
    "add sp, r1": STACK_TOP + 4,
    "add.w sp, sp, r1": STACK_TOP + 4,
    "add.w sp, sp, r1, lsl #1": STACK_TOP + 12,
    "sub.w sp, sp, r1": STACK_TOP - 8,
    "add.w sp, sp, #3": STACK_TOP,
    "addw sp, sp, #1026": STACK_TOP + 1024,
    "sub.w sp, sp, #3": STACK_TOP - 4,
    "subw sp, sp, #1025": STACK_TOP - 1028,
    "ldr.w sp, [r2]": ODD - 3,
    "ldr.w sp, [r2, r3]": ODD - 3,
    "ldr sp, [r2], #8": ODD - 3,
    "ldr sp, [r2, #4]!": ODD - 3,
    "ldr r4, [sp], #-5": STACK_TOP - 8,
    "strb r4, [sp, #-1]!": STACK_TOP - 4,
    "strh r4, [sp], #-6": STACK_TOP - 8,
    "itt ne; movne sp, r0; movne r4, sp": ODD - 3,
    "ite ne; movne sp, r0; moveq r4, sp": ODD - 3,
}


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("text", WRITES)
def test_what_follows_reads_zeros(text: str, back_end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = made(back_end, monkeypatch)
    tested.machine.poke(RAM, struct.pack("<4I", ODD, ODD, ODD, ODD))
    registers = {"r0": ODD, "r1": 6, "r2": RAM, "r3": 8}
    tested.run(f"{text}; mov r8, sp; ldrd r9, r10, [sp, #-8]; b .", steps=20, **registers)
    regs = tested.machine.registers
    assert (hex(regs.r[8]), regs.ipsr, hex(regs.msp)) == (hex(WRITES[text]), 0, hex(WRITES[text]))


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_a_single_step_leaves_zeros_too(back_end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = made(back_end, monkeypatch)
    tested.run("mov sp, r0; push {r0}; b .", steps=0, r0=ODD)
    tested.machine.step()
    assert tested.machine.registers.msp == ODD - 3
    tested.machine.step()
    assert tested.machine.registers.msp == ODD - 7 and tested.word(ODD - 7) == ODD


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_it_holds_at_the_end_of_a_block_and_for_one_that_begins_behind_it(
    back_end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = made(back_end, monkeypatch)
    at_edge = 0x3FC  # a block ends with the kilobyte
    tested.run("mov r1, sp; mov sp, r0; mov r2, sp; b .", at=at_edge, steps=10, r0=ODD)
    assert tested.machine.registers.r[2] == ODD - 3
    # The instruction behind is known as the first one of a block of its own before the other block is met, and after.
    code = "b behind; again: mov sp, r0; behind: mov r2, sp; subs r3, #1; bne again; b ."
    tested.run(code, steps=100, r0=ODD, r3=3)
    assert tested.machine.registers.r[2] == ODD - 3
    code = "again: mov sp, r0; behind: mov r2, sp; subs r3, #1; beq once; bmi end; b behind; once: b again; end: b ."
    tested.run(code, steps=100, r0=ODD, r3=3)
    assert tested.machine.registers.r[2] == ODD - 3


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("following", ["nop", "qadd r4, r5, r6", "vmov s0, r0", "ldm r7, {r4, r5}"])
def test_a_breakpoint_behind_it_is_met_once_and_only_there(
    following: str, back_end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = made(back_end, monkeypatch)
    tested.machine.system.cpacr = 15 << 20
    code = f"mov sp, r0; {following}; mov r2, sp; b ."
    tested.run(code, steps=1, r0=ODD, r7=RAM)
    tested.machine.registers.pc = CODE
    size = len(assemble(following, CODE))
    tested.machine.set_breakpoint(CODE + 2 + size)
    tested.machine.registers.msp = STACK_TOP
    assert isinstance(tested.machine.run(20), Breakpoint)
    assert tested.machine.registers.pc == CODE + 2 + size
    assert tested.machine.registers.msp == ODD - 3
    tested.machine.run(5)
    assert tested.machine.registers.r[2] == ODD - 3


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_unprivileged_code_on_the_process_stack_keeps_the_rule(back_end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = made(back_end, monkeypatch)
    code = "msr psp, r1; movs r2, #3; msr control, r2; isb; mov sp, r0; push {r0}; mov r3, sp; b ."
    tested.run(code, steps=30, r0=ODD, r1=STACK_TOP - 0x800)
    regs = tested.machine.registers
    assert (regs.r[3], regs.psp, regs.msp, regs.control & 3) == (ODD - 7, ODD - 7, STACK_TOP, 3)


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_an_exception_behind_it_pushes_an_aligned_frame(back_end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tested = made(back_end, monkeypatch)
    tested.run("mov sp, r0; svc #0", steps=10, r0=ODD)
    assert tested.machine.registers.ipsr == 11
    assert tested.machine.registers.msp == (ODD - 3 - 32) & ~7
