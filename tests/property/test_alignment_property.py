"""What alignment.py says of the low bits of registers, against registers of the machine that executes the block."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.machines import CODE, RAM, bench

from emulator.armv7m.alignment import CONSTANT, REGISTERS, LowBits, aligned_accesses, followed
from emulator.armv7m.instructions import decode_block
from emulator.asm import assemble
from emulator.errors import EmulatorError

LOW = [f"r{n}" for n in range(6)]
HIGH = [f"r{n}" for n in (0, 1, 2, 3, 4, 5, 8, 9, 14)]
BASE = "r7"
"""Always the address of memory: only what keeps it so writes to it."""


def _of(text: str, **choices: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.builds(lambda **values: text.format(**values), **choices)


four_byte = st.integers(0, 7).map(lambda n: 4 * n)
low, high = st.sampled_from(LOW), st.sampled_from(HIGH)
ADDED = [1, 4, 6, 255, 0x3FC, 0x10001, 0xFF000, 0x00FF00FF, 0x03030303]
MOVED = [0x55, 0x00AA00AA, 0xAB00AB00, 0xABABABAB, 0xFF000000, 0x1FE, 0x3FC]
FORMS = {"add", "sub", "mov", "lsl", "and", "eor", "adc", "mul", "mvn", "bic"}
"""What sets the flags outside an IT block and does not inside one."""
byte, small, word = st.integers(0, 255), st.integers(0, 7), st.integers(0, 0xFFFF)
shift, place = st.integers(0, 31), st.integers(0, 31).map(lambda n: 4 * n)
INSTRUCTIONS = st.one_of(
    _of("movs {a}, #{n}", a=low, n=byte),
    _of("mov {a}, {b}", a=high, b=high),
    _of("movs {a}, {b}", a=low, b=low),
    _of("lsls {a}, {b}, #{n}", a=low, b=low, n=st.integers(1, 31)),
    _of("{o} {a}, {b}, {c}", o=st.sampled_from(["adds", "subs"]), a=low, b=low, c=low),
    _of("{o} {a}, {b}, #{n}", o=st.sampled_from(["adds", "subs"]), a=low, b=low, n=small),
    _of("{o} {a}, #{n}", o=st.sampled_from(["adds", "subs"]), a=low, n=byte),
    _of("add {a}, {b}", a=high, b=high),
    _of("{o} {a}, {b}", o=st.sampled_from(["ands", "eors", "adcs", "muls", "mvns", "bics"]), a=low, b=low),
    _of("{o}.w {a}, {b}, #{n}", o=st.sampled_from(["add", "sub"]), a=high, b=high, n=st.sampled_from(ADDED)),
    _of("{o} {a}, {b}, #{n}", o=st.sampled_from(["addw", "subw"]), a=high, b=high, n=st.integers(0, 0xFFF)),
    _of("{o} {a}, #{n}", o=st.sampled_from(["movw", "movt"]), a=high, n=word),
    _of("mov.w {a}, #{n}", a=high, n=st.sampled_from(MOVED)),
    _of("{o}.w {a}, {b}, {c}, lsl #{n}", o=st.sampled_from(["add", "sub", "orr"]), a=high, b=high, c=high,
        n=st.integers(1, 31)),
    _of("{o}.w {a}, {b}, {c}", o=st.sampled_from(["add", "sub", "rsb", "eor"]), a=high, b=high, c=high),
    _of("ubfx {a}, {b}, #{n}, #5", a=high, b=high, n=st.integers(0, 26)),
    _of("bfi {a}, {b}, #{n}, #5", a=high, b=high, n=st.integers(0, 26)),
    _of("umull {a}, {b}, {c}, {c}", a=st.just("r0"), b=st.just("r8"), c=high),
    _of("mla {a}, {b}, {c}, {d}", a=high, b=high, c=high, d=high),
    _of("{o} {a}, {b}", o=st.sampled_from(["uxtb", "sxth", "rev"]), a=low, b=low),
    _of("clz {a}, {b}", a=high, b=high),
    _of("adr {a}, #{n}", a=low, n=place),
    _of("adr.w {a}, #{n}", a=high, n=st.integers(0, 60)),
    _of("add {a}, sp, #{n}", a=low, n=place),
    _of("ldr {a}, [sp, #{n}]", a=low, n=place),
    _of("str {a}, [sp, #{n}]", a=low, n=place),
    _of("ldr.w {a}, [r7, #{n}]", a=high, n=byte),
    _of("{o} {a}, [r7, #{n}]", o=st.sampled_from(["ldrb", "ldr", "str", "strb"]), a=low, n=four_byte),
    _of("{o} {a}, [r7], #{n}", o=st.sampled_from(["ldr", "str", "ldrh", "strb"]), a=high, n=byte),
    _of("{o} {a}, [r7, #-{n}]!", o=st.sampled_from(["ldr", "str", "ldrsb"]), a=high, n=byte),
    _of("push {{{a}}}", a=low),
    _of("pop {{{a}}}", a=low),
    _of("mrs {a}, apsr", a=high),
    _of("vmov {a}, s0", a=high),
    _of("vmov {a}, {b}, d0", a=st.just("r1"), b=high.filter(lambda name: name != "r1")),
)  # fmt: skip
CONDITIONS = st.sampled_from(["eq", "ne", "cs", "mi", "ge", "gt"])


def _in_it_block(condition: str, line: str) -> str:
    name, _, rest = line.partition(" ")
    name, dot, width = name.partition(".")
    name = name[:-1] if name[-1] == "s" and name[:-1] in FORMS else name
    return f"it {condition}; {name}{condition}{dot}{width} {rest}"


LINES = st.lists(
    st.one_of(INSTRUCTIONS, INSTRUCTIONS, st.builds(_in_it_block, CONDITIONS, INSTRUCTIONS)), min_size=1, max_size=12
)
MACHINE = bench().machine


def assembled(lines: list[str]) -> bytes:
    code = b""
    for line in lines:
        try:
            code += assemble(line, CODE + len(code))
        except EmulatorError:
            continue  # a register or an immediate that this form does not have
    return code


@given(LINES, st.lists(st.integers(0, 2**32 - 1), min_size=15, max_size=15))
def test_the_low_bits_are_those_of_the_registers_that_execute(lines: list[str], values: list[int]) -> None:
    code = assembled(lines)
    machine, block = MACHINE, decode_block(CODE, code)
    machine.poke(CODE, code + b"\x00\xbf" * 4)
    machine.system.cpacr = 15 << 20
    regs = machine.registers
    regs.r[:] = values[:13]
    regs.r[7], regs.msp, regs.lr, regs.pc = RAM + 0x1000 + (values[7] & 3), RAM + 0x2000, values[14], CODE
    regs.xpsr = 0x0100_0000 | values[13] & 0xF000_0000
    before = [*regs.r, regs.msp, regs.lr]
    for offset, low_bits in followed(block, code):
        assert regs.pc == CODE + offset, lines
        now = [*regs.r, regs.msp, regs.lr]
        for number, low_of in enumerate(low_bits.of):
            if low_of is not None:
                known = low_of[1] + (0 if low_of[0] == CONSTANT else before[low_of[0]])
                assert (now[number] - known) & 3 == 0, (lines, offset, number)
        machine.step()


def test_most_forms_are_followed_and_not_forgotten() -> None:
    def known(code: str) -> dict[int, tuple[int, int]]:
        text = assemble(code, CODE) + b"\x00\xbf"
        *_, (_, low_bits) = followed(decode_block(CODE, text), text)
        return {n: low for n, low in enumerate(low_bits.of) if low is not None and low != (n, 0)}

    assert known("mov r4, r5") == {4: (5, 0)}
    assert known("adds r1, #6") == {1: (1, 2)}
    assert known("subs r1, r2, #1") == {1: (2, 3)}
    assert known("add.w r8, r9, r1, lsl #3") == {8: (9, 0)}
    assert known("add r0, sp, #12") == {0: (13, 0)}
    assert known("movw r3, #0x1236; movt r3, #0x2000") == {3: (CONSTANT, 2)}
    assert known("ldr r0, [r4], #2") == {4: (4, 2)}
    assert known("ldmia r3!, {r0, r1}") == {3: (CONSTANT, 0)}
    assert len(LowBits().of) == REGISTERS


def test_accesses_need_what_their_bases_come_from() -> None:
    def found(code: str) -> tuple[int, list[int]]:
        text = assemble(code, CODE)
        registers, offsets = aligned_accesses(decode_block(CODE, text), text)
        return registers, sorted(offsets)

    assert found("ldrd r0, r1, [r4, #8]; strd r0, r1, [r5], #8; strd r0, r1, [r5]") == (1 << 4 | 1 << 5, [0, 4, 8])
    assert found("ldr r4, [r0]; ldrd r2, r3, [r4]; strd r2, r3, [r4, #8]") == (0, [6])  # the first is watched
    assert found("adds r4, #2; ldrd r0, r1, [r4]") == (0, [])
    assert found("ldrd r4, r5, [r4]; ldrd r0, r1, [r4]") == (1 << 4, [0])
    assert found("add r4, sp, #8; ldmia r4!, {r0, r1}; ldmia r4, {r0, r1}") == (1 << 13, [2, 4])
    assert found("it eq; moveq r4, r5; ldrd r0, r1, [r4]") == (0, [])
    assert found("ldrex r0, [r4]; ldrd r0, r1, [r4]") == (0, [])


def test_sp_has_no_low_bits_where_what_was_written_to_it_has_none() -> None:
    def found(code: str) -> tuple[int, list[int]]:
        text = assemble(code, CODE)
        registers, offsets = aligned_accesses(decode_block(CODE, text), text)
        return registers, sorted(offsets)

    assert found("adds r7, #20; mov sp, r7; pop {r7, pc}") == (1 << 7, [4])
    assert found("sub sp, #20; add r7, sp, #0; adds r7, #20; mov sp, r7; pop {r7}") == (1 << 13, [8])
    assert found("adds r7, #18; mov sp, r7; pop {r7, pc}") == (0, [])
    assert found("mov sp, r7; ldrd r0, r1, [r4]") == (1 << 7 | 1 << 4, [2])
    assert found("ldr r4, [r0]; mov sp, r7; ldrd r0, r1, [r4]") == (0, [])  # both are due, one is not known
    assert found("mov sp, r7; ldrex r0, [r4]") == (0, [])
    assert found("ldr r7, [r0]; mov sp, r7; nop; add r4, sp, #8; ldrd r0, r1, [r4]") == (0, [8])  # SP was cleared
    assert found("it eq; moveq sp, r7; nop; ldrd r0, r1, [r4]") == (1 << 4, [6])
    # Where a condition fails nothing was looked at.
    assert found("ldr r7, [r0]; itt eq; moveq sp, r7; addeq r1, r2; nop") == (0, [])
    assert found("ldr r4, [r0]; it eq; ldrdeq r2, r3, [r4]; ldrd r2, r3, [r4]") == (0, [])
