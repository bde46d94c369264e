"""Disassembly of the M profile."""

import random

import capstone
import pytest

from emulator.capstone_library import Disassembler
from emulator.disasm import Instruction, disassemble, disassemble_range
from emulator.errors import InternalError


def text(code: str, address: int = 0, itstate: int = 0) -> str:
    return disassemble(bytes.fromhex(code), address, itstate).text


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("00bf", "nop"),
        ("0846", "mov r0, r1"),
        ("2de9f04f", "push.w {r4, r5, r6, r7, r8, r9, r10, r11, lr}"),
        ("c1f80000", "str.w r0, [r1]"),
        ("40f8041b", "str r1, [r0], #4"),
        ("eff30880", "mrs r0, msp"),
        ("80f31488", "msr control, r0"),
        ("eff31183", "mrs r3, basepri"),
        ("72b6", "cpsid i"),
        ("30ee810a", "vadd.f32 s0, s1, s2"),
        ("91fbf2f0", "sdiv r0, r1, r2"),
        ("05df", "svc #5"),
        ("01de", "udf #1"),
        ("abbe", "bkpt #0xab"),
        ("bff34f8f", "dsb sy"),
        ("df f8 04 00", "ldr.w r0, [pc, #4]"),
    ],
)
def test_instructions_are_shown(code, expected):
    assert text(code) == expected


def test_branch_targets_are_absolute():
    assert text("fee7", 0x8000) == "b #0x8000"
    assert text("00f000f8", 0x8000) == "bl #0x8004"


def test_an_instruction_holds_its_address_size_and_bytes():
    assert disassemble(bytes.fromhex("2de9f04f00bf"), 0x100) == Instruction(
        0x100, 4, "push.w", "{r4, r5, r6, r7, r8, r9, r10, r11, lr}", bytes.fromhex("2de9f04f")
    )
    assert disassemble(bytes.fromhex("00bf2de9"), 0x100) == Instruction(0x100, 2, "nop", "", b"\x00\xbf")


@pytest.mark.parametrize(
    ("code", "expected", "size"),
    [
        ("ffffffff", ".short 0xffff, 0xffff", 4),
        ("00b4", ".short 0xb400", 2),
        ("00e8", ".short 0xe800", 2),
        ("2de9f0", ".short 0xe92d", 2),
        ("2d", ".byte 0x2d", 1),
        ("", "", 0),
    ],
)
def test_what_is_no_instruction_is_shown_as_data_of_the_length_the_core_would_fetch(code, expected, size):
    instruction = disassemble(bytes.fromhex(code), 0)
    assert (instruction.text, instruction.size) == (expected, size)


def test_random_bytes_never_raise_and_keep_the_length_of_the_architecture():
    rng = random.Random(7)
    for _ in range(5000):
        code = rng.randbytes(4)
        instruction = disassemble(code, rng.getrandbits(32) & ~1, rng.choice((0, 0, rng.randrange(256))))
        assert instruction.size == (4 if code[1] >> 3 in (0b11101, 0b11110, 0b11111) else 2)
        assert instruction.bytes == code[: instruction.size]
        assert instruction.mnemonic


def test_the_it_state_gives_an_instruction_its_condition():
    assert text("4018") == "adds r0, r0, r1"
    assert text("4018", itstate=0x08) == "addeq r0, r0, r1"
    assert text("4018", itstate=0x18) == "addne r0, r0, r1"
    assert text("4018") == "adds r0, r0, r1"


def test_a_range_follows_its_it_blocks():
    code = bytes.fromhex("0cbf0120022003202de9f04f06bf0120022003200420")  # ite eq; itte eq
    found = [instruction.text for instruction in disassemble_range(code, 0x100)]
    assert found[:5] == ["ite eq", "moveq r0, #1", "movne r0, #2", "movs r0, #3", found[4]]
    assert found[5:] == ["itte eq", "moveq r0, #1", "moveq r0, #2", "movne r0, #3", "movs r0, #4"]


def test_a_range_covers_every_byte_once():
    rng = random.Random(8)
    for length in (0, 1, 2, 3, 5, 64, 255):
        code = rng.randbytes(length)
        found = disassemble_range(code, 0x200)
        assert b"".join(instruction.bytes for instruction in found) == code
        assert [i.address for i in found] == [0x200 + sum(j.size for j in found[:n]) for n in range(len(found))]


def test_a_range_may_begin_inside_an_it_block():
    found = disassemble_range(bytes.fromhex("01200220"), 0, itstate=0x08)
    assert [instruction.text for instruction in found] == ["moveq r0, #1", "movs r0, #2"]


def test_the_library_decodes_what_its_python_package_decodes():
    package = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    package.syntax = capstone.CS_OPT_SYNTAX_NOREGNAME
    ours = Disassembler()
    chance = random.Random(5)
    codes = [halfword.to_bytes(2, "little") for halfword in range(0, 1 << 16, 7)]
    codes += [chance.randbytes(chance.choice((2, 4, 8, 24))) for _ in range(5000)]
    codes += [b"", bytes.fromhex("08bf 8a18"), bytes(100)]
    for code in codes:
        assert ours.decode(code, 0x2000_0000) == list(package.disasm_lite(code, 0x2000_0000)), code.hex()


def test_the_library_of_another_version_is_refused(monkeypatch):
    monkeypatch.setattr("emulator.capstone_library._MAJOR_VERSION", 99)
    with pytest.raises(InternalError, match="version 99, cannot be loaded"):
        Disassembler()
