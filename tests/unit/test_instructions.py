"""Obligations of Thumb instructions, by hand-assembled cases and against the disassembly of every compiled program."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.machines import CODE, bench

from emulator.armv7m.instructions import Kind, advance_itstate, condition_passed, decode_block, decode_one
from emulator.asm import assemble
from emulator.disasm import disassemble
from emulator.image.loader import load_images

PREBUILT = [
    Path(__file__).parents[2] / "firmware" / "prebuilt" / f"{name}.elf"
    for name in ("switch_storm", "errno_mmap", "matrix_f_region")
]
DSP_MNEMONICS = (
    *("pkh", "q", "sadd", "ssub", "sasx", "ssax", "uadd", "usub", "uasx", "usax", "shadd", "shsub", "shasx", "shsax"),
    *("uhadd", "uhsub", "uhasx", "uhsax", "uqadd", "uqsub", "uqasx", "uqsax", "sel", "usad", "ssat16", "usat16"),
    *("sxta", "uxta", "sxtb16", "uxtb16", "smla", "smlsd", "smlsl", "smmla", "smmls", "smmul", "smua", "smus"),
    *("smulb", "smult", "smulw", "umaal"),
)
"""How instructions of the DSP extension begin; SMLAL and SMULL, which all cores have, are told from them apart."""
MULTIPLE = ("ldm", "stm", "ldrd", "strd", "ldrex", "strex", "vldr", "vstr", "vldm", "vstm")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ldm r0, {r1, r2}", Kind.ALIGNED),
        ("stmdb r9!, {r1, r2}", Kind.ALIGNED),
        ("ldrd r0, r1, [r2, #8]", Kind.ALIGNED),
        ("ldrex r0, [r1]", Kind.ALIGNED | Kind.EXCLUSIVE),
        ("strexb r0, r1, [r2]", Kind.ALIGNED | Kind.EXCLUSIVE | Kind.STORE_EXCLUSIVE),
        ("strex r0, r1, [r2, #4]", Kind.ALIGNED | Kind.EXCLUSIVE | Kind.STORE_EXCLUSIVE),
        ("ldrexh r0, [r1]", Kind.ALIGNED | Kind.EXCLUSIVE),
        ("clrex", Kind.EXCLUSIVE),
        ("vldr s0, [r1]", Kind.FP | Kind.ALIGNED),
        ("vldr s0, [sp, #4]", Kind.FP),
        ("vadd.f32 s0, s1, s2", Kind.FP),
        ("vmov s0, r0", Kind.FP),
        ("vmov r0, r1, s2, s3", Kind.FP),
        ("udiv r0, r1, r2", Kind.DIVIDE),
        ("sdiv r0, r1, r2", Kind.DIVIDE),
        ("cpsie i", Kind.MASKS),
        ("cpsid f", Kind.MASKS | Kind.FAULTMASK),
        ("cpsid if", Kind.MASKS | Kind.FAULTMASK),
        ("msr faultmask, r0", Kind.MASKS | Kind.FAULTMASK),
        ("msr basepri, r0", Kind.MASKS),
        ("sev", Kind.SEND_EVENT),
        ("ldr r0, [r1, r2]", Kind.ALIGN_TRAP),
        ("strh r0, [r1, #6]", Kind.ALIGN_TRAP),
        ("ldr.w r8, [r9, r10, lsl #3]", Kind.ALIGN_TRAP),
        ("ldrsh r8, [r9, #-5]", Kind.ALIGN_TRAP),
        ("ldrt r0, [r1, #4]", Kind.ALIGN_TRAP | Kind.UNPRIVILEGED),
        ("strbt r0, [r1, #4]", Kind.UNPRIVILEGED),
    ],
)
def test_an_instruction_with_an_obligation_is_recognised(text: str, kind: int) -> None:
    special = decode_one(0, assemble(text, 0))
    assert special is not None and special.kind == kind


@pytest.mark.parametrize(
    "text",
    ["push {r0, r1}", "pop {r4, pc}", "push.w {r4-r11, lr}", "ldrd r0, r1, [sp, #8]", "ldrb r0, [r1, r2]",
     "adds r0, #1", "bl #0x100", "mul r0, r1, r2", "nop", "it eq", "tbb [pc, r0]", "bx lr", "ldrb.w r0, [r1, #3]"],
)  # fmt: skip
def test_an_instruction_without_obligation_is_left_alone(text: str) -> None:
    assert decode_one(0, assemble(text, 0) + b"\0\0") is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("ee01 0f10", Kind.COPROCESSOR),  # MCR p15, 0, r0, c1, c0, 0
        ("ee11 1401", Kind.COPROCESSOR),  # CDP p4
        ("fe01 0f10", Kind.COPROCESSOR),  # MCR2
        ("f3ef 8314", Kind.READS_CONTROL),  # MRS r3, CONTROL
        ("f383 8814", Kind.MASKS | Kind.WRITES_CONTROL),  # MSR CONTROL, r3
        ("f383 8811", Kind.MASKS),  # MSR BASEPRI, r3
        ("f3af 8004", Kind.SEND_EVENT),  # SEV.W
    ],
)
def test_encodings_an_assembler_would_not_choose(words: str, kind: int) -> None:
    first, second = (int(word, 16) for word in words.split())
    special = decode_one(0, first.to_bytes(2, "little") + second.to_bytes(2, "little"))
    assert special is not None and special.kind == kind


@pytest.mark.parametrize(
    ("text", "base", "index", "shift", "displacement", "alignment", "target"),
    [
        ("ldr r0, [r1, #124]", 1, -1, 0, 124, 3, 0),
        ("strh r7, [r6, #62]", 6, -1, 0, 62, 1, 7),
        ("ldr r2, [r3, r4]", 3, 4, 0, 0, 3, 2),
        ("ldrsh r2, [r3, r4]", 3, 4, 0, 0, 1, 2),
        ("ldr.w r8, [r9, r10, lsl #3]", 9, 10, 3, 0, 3, 8),
        ("str.w r8, [r9, #4095]", 9, -1, 0, 4095, 3, 8),
        ("ldrh r8, [r9, #-255]", 9, -1, 0, -255, 1, 8),
        ("str r8, [r9, #16]!", 9, -1, 0, 16, 3, 8),
        ("str r8, [r9], #16", 9, -1, 0, 0, 3, 8),
    ],
)
def test_the_operands_of_an_access_give_its_address(
    text: str, base: int, index: int, shift: int, displacement: int, alignment: int, target: int
) -> None:
    special = decode_one(0, assemble(text, 0))
    assert special is not None
    found = special.base, special.index, special.shift, special.displacement, special.alignment, special.target
    assert found == (base, index, shift, displacement, alignment, target)


def test_itstate_is_that_of_each_instruction_and_an_open_it_block_is_noticed() -> None:
    code = assemble("itte eq; addeq r0, #1; ldmeq r1, {r2}; movne r3, #1; nop", 0)
    block = decode_block(0, code)
    assert block.itstates == (0, 0x06, 0x0C, 0x18, 0) and not block.kinds & Kind.OPEN_IT
    assert decode_block(0, code[:4]).kinds & Kind.OPEN_IT
    assert decode_block(4, code[4:], 0x0C).itstates == (0x0C, 0x18, 0)


def test_itadvance_ends_after_the_last_instruction() -> None:
    assert [advance_itstate(itstate) for itstate in (0x06, 0x0C, 0x18, 0)] == [0x0C, 0x18, 0, 0]


@pytest.mark.parametrize("condition", range(15))
def test_conditions_are_those_of_the_manual(condition: int) -> None:
    for flags in range(16):
        n, z, c, v = flags >> 3 & 1, flags >> 2 & 1, flags >> 1 & 1, flags & 1
        expected = [
            z, not z, c, not c, n, not n, v, not v, c and not z, not c or z, n == v, n != v,
            not z and n == v, z or n != v, True,
        ][condition]  # fmt: skip
        assert condition_passed(condition, flags << 28) == bool(expected)


def expected_kind(mnemonic: str, operands: str) -> Kind:
    """What the obligation of a disassembled instruction is, by its name: an independent and cruder reading."""
    bracketed = operands.partition("[")[2]
    base = (bracketed or operands).split(",")[0].split("]")[0].rstrip("!")
    sp_or_pc = base in ("sp", "pc")
    if mnemonic.startswith("v"):
        memory = mnemonic.startswith(("vldr", "vstr", "vldm", "vstm"))
        return Kind.FP | Kind.ALIGNED if memory and not sp_or_pc else Kind.FP
    if mnemonic.startswith(MULTIPLE):
        exclusive = Kind.EXCLUSIVE if "ex" in mnemonic else Kind.NONE
        return exclusive | (Kind.NONE if sp_or_pc and not exclusive else Kind.ALIGNED)
    if mnemonic.startswith(("udiv", "sdiv")):
        return Kind.DIVIDE
    if mnemonic.startswith(("cps", "msr")):
        written = operands.partition(",")[0]
        return Kind.MASKS | {"control": Kind.WRITES_CONTROL, "msp": Kind.WRITES_SP, "psp": Kind.WRITES_SP}.get(
            written, Kind.NONE
        )
    if mnemonic.startswith("mrs") and "control" in operands:
        return Kind.READS_CONTROL
    if mnemonic.startswith(DSP_MNEMONICS) and mnemonic.removesuffix(".w") not in ("smlal", "smlals"):
        return Kind.DSP
    return Kind.NONE


@pytest.mark.parametrize("elf", PREBUILT, ids=lambda path: path.stem)
def test_every_instruction_of_a_compiled_program_is_judged_as_its_disassembly_reads(elf: Path) -> None:
    (image,) = load_images([str(elf)])
    seen = 0
    for symbol in image.symbols.symbols:
        if not symbol.is_function or not symbol.size or image.segment_at(symbol.address) is None:
            continue
        code = image.bytes_at(symbol.address, symbol.size)
        offset = 0
        while code is not None and offset + 1 < len(code):
            instruction = disassemble(code[offset : offset + 4], symbol.address + offset)
            if instruction.mnemonic.startswith((".", "udf")):
                break  # the literal pool
            special = decode_one(instruction.address, code[offset : offset + 4] + b"\0\0")
            kind = Kind.NONE if special is None else special.kind & ~(Kind.ALIGN_TRAP | Kind.UNPRIVILEGED)
            assert kind == expected_kind(instruction.mnemonic, instruction.operands), instruction.text
            seen += 1
            offset += instruction.size
    assert seen > 3000


DSP_INSTRUCTIONS = (
    *("pkhbt r0, r1, r2", "pkhtb r0, r1, r2, asr #3", "ssat16 r0, #4, r1", "usat16 r0, #4, r1", "sxtb16 r0, r1"),
    *("uxtb16 r0, r1", "sxtab r0, r1, r2", "uxtah r0, r1, r2, ror #8", "sxtab16 r0, r1, r2", "uxtab16 r0, r1, r2"),
    *("sadd16 r0, r1, r2", "uhsub8 r0, r1, r2", "uqasx r0, r1, r2", "shsax r0, r1, r2", "qadd8 r0, r1, r2"),
    *("qadd r0, r1, r2", "qdsub r0, r1, r2", "sel r0, r1, r2", "smlabb r0, r1, r2, r3", "smultt r0, r1, r2"),
    *("smlad r0, r1, r2, r3", "smusdx r0, r1, r2", "smlawb r0, r1, r2, r3", "smmla r0, r1, r2, r3"),
    *("smmulr r0, r1, r2", "smlawt r0, r1, r2, r3"),
    *("smmls r0, r1, r2, r3", "usad8 r0, r1, r2", "usada8 r0, r1, r2, r3", "smlalbt r0, r1, r2, r3"),
    *("umaal r0, r1, r2, r3", "smlald r0, r1, r2, r3", "smlsldx r0, r1, r2, r3"),
)
"""Every group of the DSP extension. [A4.4.3, A4.4.4, A4.4.5; table A1-1]"""

EVERY_CORE_HAS = (
    *("sxtb.w r0, r1", "uxth.w r0, r1, ror #8", "sxth.w r0, r1, ror #16", "uxtb.w r0, r1", "lsl.w r0, r1, r2"),
    *("ror.w r0, r1, r2", "ssat r0, #4, r1, asr #3", "usat r0, #4, r1", "ssat r0, #17, r1, lsl #4", "rev.w r0, r1"),
    *("rbit r0, r1", "revsh.w r0, r1", "rev16.w r0, r1", "clz r0, r1", "mul r0, r1, r2", "mla r0, r1, r2, r3"),
    *("mls r0, r1, r2, r3", "smull r0, r1, r2, r3", "umull r0, r1, r2, r3", "smlal r0, r1, r2, r3"),
    *("umlal r0, r1, r2, r3", "bfi r0, r1, #3, #4", "sbfx r0, r1, #3, #4", "nop.w", "dbg #3", "orr.w r0, r1, r2"),
)


@pytest.mark.parametrize("text", DSP_INSTRUCTIONS)
def test_instructions_of_the_dsp_extension_are_told_from_the_others(text: str) -> None:
    special = decode_one(0, assemble(text, 0))
    assert special is not None and special.kind == Kind.DSP


@pytest.mark.parametrize("text", EVERY_CORE_HAS)
def test_their_neighbours_are_on_every_core(text: str) -> None:
    special = decode_one(0, assemble(text, 0))
    assert special is None or not special.kind & (Kind.DSP | Kind.ABSENT)


@pytest.mark.parametrize("audit", [False, True])
def test_a_cortex_m3_has_no_dsp_extension_and_no_core_has_what_other_architectures_have(audit: bool) -> None:
    for core in ("cortex-m3", "cortex-m4"):
        for text in DSP_INSTRUCTIONS:
            made = bench(core, handlers={3: 0x800}, audit=audit)
            made.machine.poke(0x800, b"\xfe\xe7")
            made.run(f"{text}; b .", steps=4)
            assert made.machine.faults.CFSR in (0, 0x0001_0000)
            assert bool(made.machine.faults.CFSR) is (core == "cortex-m3"), text
    absent = (0xB650, 0xB658, 0xE8D1_0FAF, 0xE8C1_0FAF, 0xE8D1_0FEF, 0xE8D1_237F, 0xE841_F000, 0xF921_078F, 0xF901_078F)
    for code in absent:
        made = bench(handlers={3: 0x800}, audit=audit)
        made.machine.poke(0x800, b"\xfe\xe7")
        halfwords = [code >> 16, code & 0xFFFF] if code >> 16 else [code]
        made.machine.poke(CODE, b"".join(word.to_bytes(2, "little") for word in [*halfwords, 0xE7FE]))
        made.machine.registers.pc, made.machine.registers.r[1] = CODE, 0x2000_0000
        made.machine.run(4)
        assert made.machine.faults.CFSR == 0x0001_0000, hex(code)


def test_each_kind_is_one_bit_of_its_own() -> None:
    bits = [bit for name, bit in vars(Kind).items() if name.isupper() and bit]
    assert len(bits) > 20
    assert all(bit & bit - 1 == 0 for bit in bits)
    assert sum(bits) == sum(set(bits))
