"""Assembly of the M profile; the expected bytes are those of the ARMv7-M manual's encodings (GNU as agrees)."""

import pytest

from emulator.asm import AsmError, assemble
from emulator.disasm import disassemble
from emulator.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nop", "00bf"),
        ("nop.w", "aff30080"),
        ("movw r0, #0x1234", "41f23420"),
        ("mrs r0, msp", "eff30880"),
        ("msr control, r0", "80f31488"),
        ("msr basepri_max, r1", "81f31288"),
        ("cpsid i", "72b6"),
        ("sdiv r0, r1, r2", "91fbf2f0"),
        ("smlad r0, r1, r2, r3", "21fb0230"),
        ("vfma.f32 s0, s1, s2", "a0ee810a"),
        ("vpush {s16-s31}", "2ded108a"),
        ("it eq; addeq r0, r1", "08bf0844"),
        ("ldrex r0, [r1]", "51e8000f"),
        ("ldrt r0, [r1]", "51f8000e"),
        ("stmdb sp!, {r4-r11}", "2de9f00f"),
        ("bkpt #0xab", "abbe"),
        ("udf #1", "01de"),
        (".word 1, 2\n.short 0xde00", "010000000200000000de"),
        ("", ""),
        ("@ nothing\n// at all", ""),
    ],
)
def test_statements_become_the_manuals_encodings(text, code):
    assert assemble(text).hex() == code


def test_labels_work_forwards_and_backwards():
    assert assemble("start: bl end; b start\nend: bx lr").hex() == "00f001f8fce77047"


def test_literals_follow_the_code_on_a_word_boundary():
    assert assemble("ldr r0, =0x12345678\nbx lr").hex() == "0048704778563412"


def test_addresses_of_labels_are_those_the_code_runs_at():
    assert assemble("nop\nlabel: nop\n.word label", 0x2000_0100).hex() == "00bf00bf02010020"


def test_comments_end_a_statement():
    assert assemble("nop @ first\nnop // second @ more\n@ nop").hex() == "00bf00bf"


def test_two_programs_do_not_share_labels_or_modes():
    assert assemble("x: b x") == assemble("x: b x")
    assemble(".arm\nnop")
    assert assemble("nop").hex() == "00bf"


def test_the_core_decides_which_instructions_exist():
    assert assemble("vadd.f64 d0, d1, d2", cpu="cortex-m7").hex() == "31ee020b"
    for text, cpu in (("vadd.f64 d0, d1, d2", "cortex-m4"), ("vadd.f32 s0, s1, s2", "cortex-m3"), ("nop", "cortex-a9")):
        with pytest.raises(AsmError):
            assemble(text, cpu=cpu)


def test_what_is_assembled_disassembles_to_itself():
    for text in ("adds r0, r1, r2", "ldr r0, [r1, #4]", "mrs r0, psp", "vldr s0, [r1, #8]", "strb r3, [r4, r5]"):
        assert disassemble(assemble(text), 0).text == text


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("nop\nfrob r1\nnop", "frob r1"),
        ("nop; add r0, r1, #99999; nop", "add r0, r1, #99999"),
        ("nop\nmoveq r0, #1\nnop", "moveq r0, #1"),
        ("push {r0, sp}", "push {r0, sp}"),
        ("b nowhere", "b nowhere"),
    ],
)
def test_a_wrong_statement_is_refused_by_name(text, statement):
    with pytest.raises(AsmError) as caught:
        assemble(text)
    message = str(caught.value)
    assert message.startswith(f'the assembler refuses "{statement}": ')
    assert "\n" not in message


def test_an_assembly_error_is_the_callers_mistake():
    assert issubclass(AsmError, ConfigError)


@pytest.mark.parametrize("text", ["nop é", "nop \0 nop", "movw r0, #:lower16:x\nx: nop"])
def test_what_the_assembler_would_get_wrong_is_refused(text):
    with pytest.raises(AsmError):
        assemble(text)


@pytest.mark.parametrize("address", [1, -2, 1 << 32])
def test_code_runs_at_an_even_32_bit_address(address):
    with pytest.raises(AsmError):
        assemble("nop", address)


@pytest.mark.parametrize("address", [0, 2, 0x1000, 0x1002])
def test_compare_and_branch_reaches_130_bytes_forwards_only(address):
    assert assemble("cbz r0, x\n.space 128\nx: nop", address)[:2].hex() == "f8b3"
    for text in ("cbz r0, x\n.space 130\nx: nop", "x: nop\ncbnz.n r0, x"):
        with pytest.raises(AsmError, match="cannot reach x"):
            assemble(text, address)
