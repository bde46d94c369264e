"""Random instruction sequences for the differential laboratory, as GNU assembler text.

A case is a list of units. A unit is a list of lines that belong together (an IT block, a branch with what it jumps
over), so that removing whole units leaves a valid program: the shrinker relies on it. Everything here is defined by
the architecture; what the manual calls UNPREDICTABLE is not generated.

Registers: r6 and r8 point into the case's memory and change only by write-back; SP moves by pushes and pops, and gets
low bits that do not stay; all the others hold data.
In a template ``{a}`` to ``{d}`` are data registers, ``{la}`` to ``{ld}`` low ones, ``{A}`` to
``{C}`` data registers that differ from each other, ``{p}`` a pointer, ``{sa}``... single-precision registers,
``{da}``... doubles.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Unit = list[str]

LOW = ("r0", "r1", "r2", "r3", "r4", "r5", "r7")
DATA = (*LOW, "r9", "r10", "r11", "r12")
POINTERS = ("r6", "r8")
CONDITIONS = ("eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")
SHIFTS = ("lsl #{i31}", "lsr #{n32}", "asr #{n32}", "ror #{n31}", "rrx")

# 16-bit encodings and their flags; {i3}, {i5}, {i8} are immediates of that many bits.
NARROW = (
    "movs {la}, #{i8}",
    "adds {la}, {lb}, {lc}",
    "subs {la}, {lb}, {lc}",
    "adds {la}, {lb}, #{i3}",
    "subs {la}, {lb}, #{i3}",
    "adds {la}, #{i8}",
    "subs {la}, #{i8}",
    "cmp {la}, #{i8}",
    "cmp {la}, {lb}",
    "cmp {a}, {b}",
    "cmn {la}, {lb}",
    "tst {la}, {lb}",
    "ands {la}, {lb}",
    "eors {la}, {lb}",
    "orrs {la}, {lb}",
    "bics {la}, {lb}",
    "mvns {la}, {lb}",
    "adcs {la}, {lb}",
    "sbcs {la}, {lb}",
    "rsbs {la}, {lb}, #0",
    "muls {la}, {lb}, {la}",
    "lsls {la}, {lb}, #{i31}",
    "lsrs {la}, {lb}, #{n32}",
    "asrs {la}, {lb}, #{n32}",
    "lsls {la}, {lb}",
    "lsrs {la}, {lb}",
    "asrs {la}, {lb}",
    "rors {la}, {lb}",
    "mov {a}, {b}",
    "add {a}, {b}",
    "uxtb {la}, {lb}",
    "uxth {la}, {lb}",
    "sxtb {la}, {lb}",
    "sxth {la}, {lb}",
    "rev {la}, {lb}",
    "rev16 {la}, {lb}",
    "revsh {la}, {lb}",
    "add {la}, sp, #{w8}",
)

THREE_OPERAND = ("and", "bic", "orr", "orn", "eor", "add", "adc", "sbc", "sub", "rsb")
WIDE = (
    *(f"{name}{s}.w {{a}}, {{b}}, #{{mi}}" for name in THREE_OPERAND for s in ("", "s")),
    *(f"{name}{s}.w {{a}}, {{b}}, {{c}}, {{shift}}" for name in THREE_OPERAND for s in ("", "s")),
    *(f"{name}.w {{a}}, #{{mi}}" for name in ("tst", "teq", "cmp", "cmn", "mov", "movs", "mvn", "mvns")),
    *(f"{name}.w {{a}}, {{b}}, {{shift}}" for name in ("tst", "teq", "cmp", "cmn", "mvn", "mvns")),
    *(f"{name}{s}.w {{a}}, {{b}}, {{c}}" for name in ("lsl", "lsr", "asr", "ror") for s in ("", "s")),
    "rrxs {a}, {b}",
    "movw {a}, #{i16}",
    "movt {a}, #{i16}",
    "addw {a}, {b}, #{i12}",
    "subw {a}, {b}, #{i12}",
    "bfi {a}, {b}, {field}",
    "bfc {a}, {field}",
    "ubfx {a}, {b}, {field}",
    "sbfx {a}, {b}, {field}",
    "ssat {a}, #{n32}, {b}",
    "ssat {a}, #{n32}, {b}, lsl #{i31}",
    "ssat {a}, #{n32}, {b}, asr #{n31}",
    "usat {a}, #{i31}, {b}",
    "usat {a}, #{i31}, {b}, lsl #{i31}",
    "usat {a}, #{i31}, {b}, asr #{n31}",
    "clz {a}, {b}",
    "rbit {a}, {b}",
    "rev.w {a}, {b}",
    "sxtb.w {a}, {b}, ror #{rot}",
    "uxth.w {a}, {b}, ror #{rot}",
    "mul {a}, {b}, {c}",
    "mla {a}, {b}, {c}, {d}",
    "mls {a}, {b}, {c}, {d}",
    "umull {A}, {B}, {c}, {d}",
    "smull {A}, {B}, {c}, {d}",
    "umlal {A}, {B}, {c}, {d}",
    "smlal {A}, {B}, {c}, {d}",
    "udiv {a}, {b}, {c}",
    "sdiv {a}, {b}, {c}",
    "mrs {a}, apsr",
    "msr apsr_nzcvq, {a}",
    "msr apsr_nzcvqg, {a}",
    "mrs {a}, psp",
    "mrs {a}, control",
    "mov {a}, pc",
    "adr.w {a}, . + 8",
    "nop.w",
    "dmb",
    "ldr {a}, ={word}",
)

PARALLEL = tuple(
    f"{prefix}{operation} {{a}}, {{b}}, {{c}}"
    for prefix in ("s", "q", "sh", "u", "uq", "uh")
    for operation in ("add16", "add8", "asx", "sax", "sub16", "sub8")
)
DSP = (
    *PARALLEL,
    *(f"{name} {{a}}, {{b}}, {{c}}" for name in ("qadd", "qsub", "qdadd", "qdsub", "sel", "usad8", "smmul", "smmulr")),
    *(f"{name} {{a}}, {{b}}, {{c}}" for name in ("smuad", "smuadx", "smusd", "smusdx", "smulwb", "smulwt")),
    *(f"smul{x}{y} {{a}}, {{b}}, {{c}}" for x in "bt" for y in "bt"),
    *(f"smla{x}{y} {{a}}, {{b}}, {{c}}, {{d}}" for x in "bt" for y in "bt"),
    *(f"smlal{x}{y} {{A}}, {{B}}, {{c}}, {{d}}" for x in "bt" for y in "bt"),
    *(f"{name} {{a}}, {{b}}, {{c}}, {{d}}" for name in ("smlad", "smladx", "smlsd", "smlsdx", "smlawb", "smlawt")),
    *(f"{name} {{a}}, {{b}}, {{c}}, {{d}}" for name in ("smmla", "smmlar", "smmls", "smmlsr", "usada8")),
    *(f"{name} {{A}}, {{B}}, {{c}}, {{d}}" for name in ("smlald", "smlaldx", "smlsld", "smlsldx", "umaal")),
    "ssat16 {a}, #{n16}, {b}",
    "usat16 {a}, #{i4}, {b}",
    "pkhbt {a}, {b}, {c}, lsl #{i31}",
    "pkhtb {a}, {b}, {c}, asr #{n32}",
    *(
        f"{name} {{a}}, {{b}}, {{c}}, ror #{{rot}}"
        for name in ("sxtab", "sxtah", "uxtab", "uxtah", "sxtab16", "uxtab16")
    ),
    *(f"{name} {{a}}, {{b}}, ror #{{rot}}" for name in ("sxtb16", "uxtb16")),
)

LOADS = ("ldr", "ldrh", "ldrb", "ldrsh", "ldrsb")
STORES = ("str", "strh", "strb")
MEMORY = (
    *(f"{name}.w {{a}}, [{{p}}, #{{off}}]" for name in (*LOADS, *STORES)),
    *(f"{name} {{a}}, [{{p}}, #-{{u8}}]" for name in (*LOADS, *STORES)),
    *(f"{name} {{a}}, [{{p}}, #{{step}}]!" for name in (*LOADS, *STORES)),
    *(f"{name} {{a}}, [{{p}}], #{{step}}" for name in (*LOADS, *STORES)),
    *(f"{name}t {{a}}, [{{p}}, #{{off}}]" for name in (*LOADS, *STORES)),
    "ldr {la}, [r6, #{w5}]",
    "str {la}, [r6, #{w5}]",
    "ldrb {la}, [r6, #{i5}]",
    "strb {la}, [r6, #{i5}]",
    "ldrh {la}, [r6, #{h5}]",
    "strh {la}, [r6, #{h5}]",
    "ldr {la}, [sp, #{w5}]",
    "str {la}, [sp, #{w5}]",
    "ldrd {A}, {B}, [{p}, #{soff}]",
    "strd {a}, {b}, [{p}, #{soff}]",
    "ldrd {A}, {B}, [{p}, #{wstep}]!",
    "ldrd {A}, {B}, [{p}], #{wstep}",
    "strd {a}, {b}, [{p}, #{wstep}]!",
    "strd {a}, {b}, [{p}], #{wstep}",
    "ldm {p}, {{{list}}}",
    "stm {p}, {{{list}}}",
    "ldmdb {p}, {{{list}}}",
    "stmdb {p}, {{{list}}}",
    "ldm {p}!, {{{list}}}",
    "stm {p}!, {{{list}}}",
    "ldmdb {p}!, {{{list}}}",
    "stmdb {p}!, {{{list}}}",
    "ldrex {a}, [{p}, #{woff}]",
    "ldrexb {a}, [{p}]",
    "ldrexh {a}, [{p}]",
    "strex {A}, {B}, [{p}, #{woff}]",
    "strexb {A}, {B}, [{p}]",
    "strexh {A}, {B}, [{p}]",
    "clrex",
    "pld [{p}, #{off}]",
)

FP_THREE = ("vadd", "vsub", "vmul", "vdiv", "vnmul", "vmla", "vmls", "vnmla", "vnmls", "vfma", "vfms", "vfnma", "vfnms")
FP_TO_INTEGER = ("vcvt.s32.f32", "vcvt.u32.f32", "vcvtr.s32.f32", "vcvtr.u32.f32", "vcvt.f32.s32", "vcvt.f32.u32")
FP = (
    *(f"{name}.f32 {{sa}}, {{sb}}, {{sc}}" for name in FP_THREE),
    *(f"{name}.f32 {{sa}}, {{sb}}" for name in ("vsqrt", "vabs", "vneg", "vmov", "vcmp", "vcmpe")),
    *(f"{name} {{sa}}, {{sb}}" for name in FP_TO_INTEGER),
    *(f"vcvt.{kind}.f32 {{sa}}, {{sa}}, #{{n16}}" for kind in ("s16", "u16", "s32", "u32")),
    *(f"vcvt.f32.{kind} {{sa}}, {{sa}}, #{{n16}}" for kind in ("s16", "u16", "s32", "u32")),
    *(f"vcvt{half}.{kinds} {{sa}}, {{sb}}" for half in "bt" for kinds in ("f16.f32", "f32.f16")),
    "vcmp.f32 {sa}, #0.0",
    "vcmpe.f32 {sa}, #0.0",
    "vmov.f32 {sa}, #{fpi}",
    "vmov {sa}, {a}",
    "vmov {a}, {sa}",
    "vmov {da}, {a}, {b}",
    "vmov {A}, {B}, {da}",
    "vmov {spair}, {a}, {b}",
    "vmov {A}, {B}, {spair}",
    "vmrs apsr_nzcv, fpscr",
    "vmrs {a}, fpscr",
)
FP_MEMORY = (
    "vldr {sa}, [{p}, #{soff}]",
    "vstr {sa}, [{p}, #{soff}]",
    "vldr {da}, [{p}, #{soff}]",
    "vstr {da}, [{p}, #{soff}]",
    "vldm {p}, {{{slist}}}",
    "vstm {p}, {{{slist}}}",
    "vldm {p}!, {{{slist}}}",
    "vstm {p}!, {{{slist}}}",
    "vldmdb {p}!, {{{slist}}}",
    "vstmdb {p}!, {{{slist}}}",
    "vldm {p}!, {{{dlist}}}",
    "vstm {p}!, {{{dlist}}}",
)

# What may stand in an IT block: 16-bit forms set no flags there.
CONDITIONAL = (
    "mov{c} {la}, #{i8}",
    "add{c} {la}, {lb}, {lc}",
    "sub{c} {la}, {lb}, #{i3}",
    "eor{c} {la}, {lb}",
    "lsl{c} {la}, {lb}, #{i31}",
    "mov{c} {a}, {b}",
    "cmp{c} {la}, #{i8}",
    "cmp{c}.w {a}, {b}",
    "tst{c} {la}, {lb}",
    "adds{c}.w {a}, {b}, #{mi}",
    "movw{c} {a}, #{i16}",
    "bfi{c} {a}, {b}, {field}",
    "mul{c} {a}, {b}, {c1}",
    "umull{c} {A}, {B}, {c1}, {d}",
    "udiv{c} {a}, {b}, {c1}",
    "qadd{c} {a}, {b}, {c1}",
    "ssat{c} {a}, #{n32}, {b}",
    "ldr{c} {la}, [r6, #{w5}]",
    "str{c} {la}, [r6, #{w5}]",
    "ldrb{c} {la}, [r6, #{i5}]",
    "strh{c}.w {a}, [{p}, #{off}]",
    "ldr{c} {a}, [{p}], #{step}",
    "str{c} {a}, [{p}, #{step}]!",
    "ldrd{c} {A}, {B}, [{p}, #{soff}]",
    "strd{c} {a}, {b}, [{p}, #{soff}]",
    "ldm{c} {p}!, {{{list}}}",
    "stm{c} {p}!, {{{list}}}",
    "ldrt{c} {a}, [{p}, #{off}]",
    "strbt{c} {a}, [{p}, #{off}]",
    "mrs{c} {a}, apsr",
    "nop{c}",
    "addw{c} sp, sp, #{n3}",
    "ldr{c} {a}, [sp], #{n3}",
    "ldrb{c} {a}, [sp, #{n3}]!",
)
CONDITIONAL_FP = (
    "vadd{c}.f32 {sa}, {sb}, {sc}",
    "vmov{c} {a}, {sa}",
    "vcmp{c}.f32 {sa}, {sb}",
    "vmrs{c} apsr_nzcv, fpscr",
    "vldr{c} {sa}, [{p}, #{soff}]",
    "vstr{c} {sa}, [{p}, #{soff}]",
)

# Word aligned where T is clear.
WILD = (
    0x2008_0340,
    0x6000_0001,
    0x4800_0001,
    0xA000_0101,
    0xC000_0001,
    0xE000_ED01,
    0xFFFF_FFFD,
    0xFFFF_FFE1,
    0x0000_0100,
)
INTERESTING = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x8080_8080)
INTERESTING_FP = (
    *(0, 0x8000_0000, 0x3F80_0000, 0xBF80_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7F80_0001, 0xFFC1_2345),
    *(0x0000_0001, 0x807F_FFFF, 0x0080_0000, 0x7F7F_FFFF, 0x4F00_0000, 0xCF00_0000, 0x4F80_0000, 0x3F00_0000),
    *(0x4B00_0001, 0x3400_0000, 0x4780_0000, 0x3880_0000, 0x3EAA_AAAB),
)


def modified_immediate(rng: random.Random) -> int:
    """ThumbExpandImm(): a byte, a repeated byte, or a rotated one. [A5.3.2]"""
    byte = rng.randrange(256)
    kind = rng.randrange(5)
    if kind < 4:
        return (byte, byte << 16 | byte, byte << 24 | byte << 8, byte * 0x0101_0101)[kind]
    return (byte | 0x80) << rng.randrange(1, 24)


def _register_list(rng: random.Random) -> str:
    chosen = rng.sample(DATA, rng.randint(2, 5))
    return ", ".join(sorted(chosen, key=DATA.index))


def _fp_list(rng: random.Random, letter: str, count: int) -> str:
    length = rng.randint(1, 6 if letter == "s" else 3)
    first = rng.randrange(count - length + 1)
    return f"{letter}{first}-{letter}{first + length - 1}" if length > 1 else f"{letter}{first}"


def _field(rng: random.Random) -> str:
    low = rng.randrange(32)
    return f"#{low}, #{rng.randint(1, 32 - low)}"


def _pair(rng: random.Random) -> str:
    first = rng.randrange(31)
    return f"s{first}, s{first + 1}"


def _offset(rng: random.Random) -> int:
    """Mostly aligned: an offset that keeps what a pointer points to."""
    return rng.randrange(0, 48) & (~0 if rng.random() < 0.15 else ~3)


FILLS: dict[str, Callable[[random.Random], object]] = {
    "i3": lambda rng: rng.randrange(8),
    "n3": lambda rng: rng.randint(1, 3),
    "i4": lambda rng: rng.randrange(16),
    "i5": lambda rng: rng.randrange(32),
    "h5": lambda rng: rng.randrange(32) * 2,
    "w5": lambda rng: rng.randrange(16) * 4,
    "w8": lambda rng: rng.randrange(256) * 4,
    "i8": lambda rng: rng.randrange(256),
    "u8": lambda rng: rng.randrange(1, 16) * rng.choice((1, 4, 4)),
    "i12": lambda rng: rng.randrange(4096),
    "i16": lambda rng: rng.randrange(65536),
    "i31": lambda rng: rng.randrange(32),
    "n31": lambda rng: rng.randint(1, 31),
    "n32": lambda rng: rng.randint(1, 32),
    "n16": lambda rng: rng.randint(1, 16),
    "rot": lambda rng: rng.choice((0, 8, 16, 24)),
    "word": lambda rng: hex(rng.choice(INTERESTING) if rng.random() < 0.4 else rng.randrange(1 << 32)),
    "mi": modified_immediate,
    "field": _field,
    "off": _offset,
    "soff": lambda rng: rng.randrange(-8, 12) * 4,
    "woff": lambda rng: rng.randrange(8) * 4,
    "step": lambda rng: rng.choice((-16, -8, -4, -4, -2, -1, 1, 2, 4, 4, 4, 8, 12)),
    "wstep": lambda rng: rng.choice((-8, -4, 4, 8)),
    "list": _register_list,
    "slist": lambda rng: _fp_list(rng, "s", 32),
    "dlist": lambda rng: _fp_list(rng, "d", 16),
    "spair": _pair,
    "fpi": lambda rng: rng.choice(("1.0", "-2.0", "0.5", "31.0", "-0.125", "2.5", "1.9375")),
    "p": lambda rng: rng.choice(POINTERS),
}


def fill(rng: random.Random, template: str, condition: str = "") -> str:
    """Return ``template`` with every placeholder filled; ``{c}`` is ``condition``, or a data register without one."""
    distinct = rng.sample(DATA, 3)
    values: dict[str, str] = {"A": distinct[0], "B": distinct[1], "C": distinct[2]}
    if condition:
        values["c"] = condition

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            values[name] = _value(rng, name)
        return values[name]

    text = re.sub(r"(?<!\{)\{(\w+)\}(?!\})", value, template.replace("{{{", "@<{").replace("}}}", "}>@"))
    return text.replace("@<", "{").replace(">@", "}")


def _value(rng: random.Random, name: str) -> str:
    if name == "shift":
        return fill(rng, rng.choice(SHIFTS))
    if name in FILLS:
        return str(FILLS[name](rng))
    if name[0] == "s" and len(name) == 2:
        return f"s{rng.randrange(32)}"
    if name[0] == "d" and len(name) == 2:
        return f"d{rng.randrange(16)}"
    return rng.choice(LOW if name[0] == "l" and len(name) == 2 else DATA)


class Grammar:
    """Makes units from one stream of random numbers.

    ``has_fp`` includes the FP extension, ``has_conditional_fp`` its instructions in IT blocks and behind branches.
    """

    def __init__(self, rng: random.Random, has_fp: bool = True, has_conditional_fp: bool = True) -> None:
        self.rng = rng
        self.has_fp = has_fp
        self.has_conditional_fp = has_fp and has_conditional_fp
        self._labels = 0
        self._groups: list[tuple[int, Callable[[], Unit]]] = [
            (14, lambda: [fill(rng, rng.choice(NARROW))]),
            (22, lambda: [fill(rng, rng.choice(WIDE))]),
            (12, lambda: [fill(rng, rng.choice(DSP))]),
            (20, lambda: [fill(rng, rng.choice(MEMORY))]),
            (6, self._indexed),
            (4, self._stack),
            (4, self._loose_stack),
            (14, self._it_block),
            (6, self._branch),
            (2, self._table_branch),
            (3, self._call),
            (2, self._exclusive),
            (1, self._wild_jump),
        ]
        if has_fp:
            self._groups += [
                (16, lambda: [fill(rng, rng.choice(FP))]),
                (5, lambda: [fill(rng, rng.choice(FP_MEMORY))]),
                (2, self._rounding),
            ]

    def unit(self) -> Unit:
        """Return one random unit."""
        weights = [weight for weight, _ in self._groups]
        return self.rng.choices(self._groups, weights)[0][1]()

    def case(self, length: int) -> list[Unit]:
        """Return ``length`` units."""
        return [self.unit() for _ in range(length)]

    def _label(self) -> str:
        self._labels += 1
        return f"90{self._labels}"

    def _simple(self) -> str:
        return fill(self.rng, self.rng.choice((*NARROW, *WIDE, *MEMORY)))

    def _indexed(self) -> Unit:
        """A register offset, made small first."""
        rng = self.rng
        index, other = rng.sample(LOW, 2)
        name = rng.choice((*LOADS, *STORES))
        pointer = rng.choice(POINTERS)
        shift = rng.choice(("", ", lsl #1", ", lsl #2", ", lsl #3"))
        narrow = [f"and {index}, {index}, #{rng.choice((4, 8, 12, 7))}"]
        if pointer == "r6" and rng.random() < 0.5:
            return [*narrow, f"{name} {other}, [r6, {index}]"]
        return [*narrow, f"{name}.w {other}, [{pointer}, {index}{shift}]"]

    def _stack(self) -> Unit:
        rng = self.rng
        registers = _register_list(rng)
        low = ", ".join(sorted(rng.sample(LOW, rng.randint(1, 4)), key=LOW.index))
        size = rng.choice((4, 8, 16))
        choices: list[Unit] = [
            [f"push {{{registers}}}", f"pop {{{registers}}}"],
            [f"push {{{low}, lr}}", f"pop {{{low}}}", "pop {r9}"],
            [f"sub sp, #{size}", f"str {rng.choice(LOW)}, [sp]", f"add sp, #{size}"],
            [f"push {{{low}}}", fill(rng, rng.choice(NARROW)), f"pop {{{low}}}"],
            [f"str {rng.choice(DATA)}, [sp, #-8]!", f"ldr {rng.choice(DATA)}, [sp], #8"],
        ]
        if self.has_fp:
            choices.append([f"vpush {{s{rng.randrange(8)}-s{rng.randrange(8, 12)}}}", "add sp, #32", "sub sp, #32"])
            first = rng.randrange(8)
            choices[-1] = [f"vpush {{d{first}-d{first + 1}}}", f"vpop {{d{first + 2}-d{first + 3}}}"]
        return rng.choice(choices)

    def _loose_stack(self) -> Unit:
        """SP is given low bits, which read as zero, and is used at once, in an IT block, or behind a branch."""
        rng, label = self.rng, self._label()
        a, b = rng.sample(DATA, 2)
        bits = rng.randint(1, 3)
        condition = rng.choice(CONDITIONS)
        opposite = CONDITIONS[CONDITIONS.index(condition) ^ 1]
        odd = [f"mov {a}, sp", f"orr {a}, #{bits}"]
        writes: list[Unit] = [
            [*odd, f"mov sp, {a}"],
            [*odd, f"mov.w sp, {a}"],
            [*odd, f"str {a}, [sp, #-4]", "ldr sp, [sp, #-4]"],
            [*odd, f"str {a}, [sp, #-8]!", "ldr.w sp, [sp]"],
            [*odd, f"mov.w {b}, #4", f"str {a}, [sp, #-12]", "sub sp, #16", f"ldr.w sp, [sp, {b}]"],
            [*odd, f"it {condition}", f"mov{condition} sp, {a}"],
            [f"mov.w {a}, #{8 + bits}", f"add sp, {a}", "sub sp, #8"],
            [f"mov.w {a}, #{8 + bits}", f"add.w sp, sp, {a}", "subw sp, sp, #7"],
            [f"mov.w {a}, #{bits}", f"add.w sp, sp, {a}, lsl #1", f"bic {a}, {a}, #1", f"sub.w sp, sp, {a}, lsl #1"],
            [f"mov.w {a}, #{8 + bits}", f"sub.w sp, sp, {a}", "add sp, #12"],
            [f"add.w sp, sp, #{4 + bits}", "sub sp, #4"],
            [f"sub.w sp, sp, #{4 + bits}", "add sp, #8"],
            [f"{rng.choice(LOADS)} {a}, [sp], #{4 + bits}", "sub sp, #4"],
            [f"{rng.choice(STORES)} {a}, [sp, #-{4 + bits}]!", "add sp, #8"],
        ]
        uses: list[Unit] = [
            [],
            [f"mov {b}, sp"],
            [f"ldrd {a}, {b}, [sp]"],
            [f"push {{{rng.choice(LOW)}}}", "pop {r9}"],
            [f"strd {a}, {b}, [sp, #-8]!", "add sp, #8"],
            [f"ite {condition}", f"mov{condition} {b}, sp", f"strd{opposite} {a}, {b}, [sp]"],
            [f"b{condition} {label}f", f"mov {b}, sp", f"{label}:", f"add {a}, sp, #4"],
            [f"b {label}f", f"{label}:", f"mov {b}, sp"],
            [f"cmp sp, {b}"],
            [f"str.w sp, [{rng.choice(POINTERS)}]"],
            [f"mrs {b}, msp" if rng.random() < 0.5 else f"mrs {b}, psp"],
        ]
        return [*rng.choice(writes), *rng.choice(uses)]

    def _it_block(self) -> Unit:
        rng = self.rng
        condition = rng.choice(CONDITIONS)
        opposite = CONDITIONS[CONDITIONS.index(condition) ^ 1]
        pattern = "".join(rng.choice("te") for _ in range(rng.randrange(4)))
        pool = (*CONDITIONAL, *CONDITIONAL_FP) if self.has_conditional_fp else CONDITIONAL
        lines = [f"it{pattern} {condition}"]
        for letter in "t" + pattern:
            lines.append(fill(rng, rng.choice(pool), condition if letter == "t" else opposite))
        return lines

    def _branch(self) -> Unit:
        rng, label = self.rng, self._label()
        jump = rng.choice(
            (
                f"b{rng.choice(CONDITIONS)} {label}f",
                f"b{rng.choice(CONDITIONS)}.w {label}f",
                f"b {label}f",
                f"cbz {rng.choice(LOW)}, {label}f",
                f"cbnz {rng.choice(LOW)}, {label}f",
            )
        )
        return [jump, *(self._simple() for _ in range(rng.randint(1, 3))), f"{label}:"]

    def _table_branch(self) -> Unit:
        rng, label = self.rng, self._label()
        index = rng.choice(LOW)
        wide = rng.random() < 0.5
        table, first, second = f"{label}1", f"{label}2", f"{label}3"
        return [
            f"and {index}, {index}, #1",
            f"tbh [pc, {index}, lsl #1]" if wide else f"tbb [pc, {index}]",
            f"{table}: .{'short' if wide else 'byte'} ({first}f - {table}b) / 2, ({second}f - {table}b) / 2",
            f"{first}: {self._simple()}",
            f"{second}: {self._simple()}",
        ]

    def _call(self) -> Unit:
        rng, label = self.rng, self._label()
        body = [line for line in (self._simple(), self._simple()) if "[sp" not in line]  # the return address is there
        register = rng.choice(("r3", "r9", "r12"))
        if rng.random() < 0.5:
            return [f"bl {label}1f", f"b {label}2f", f"{label}1:", *body, "bx lr", f"{label}2:"]
        return [
            *(f"adr.w {register}, {label}1f", f"orr {register}, #1", f"blx {register}", f"b {label}2f"),
            *(".balign 4", f"{label}1:", "push {lr}", *body[:1], "pop {pc}", f"{label}2:"),
        ]

    def _exclusive(self) -> Unit:
        rng = self.rng
        pointer = rng.choice(POINTERS)
        a, b, status = rng.sample(DATA, 3)
        suffix = rng.choice(("", "b", "h"))
        between = rng.choice(([], [], ["clrex"], [f"strb {b}, [{pointer}]"], [fill(rng, rng.choice(NARROW))]))
        return [f"ldrex{suffix} {a}, [{pointer}]", *between, f"strex{suffix} {status}, {b}, [{pointer}]"]

    def _wild_jump(self) -> Unit:
        """To where execution cannot go on: no T bit, no memory, XN, an EXC_RETURN value that means nothing here."""
        register = self.rng.choice(LOW)
        return [f"ldr {register}, ={self.rng.choice(WILD):#x}", self.rng.choice(("bx", "blx")) + f" {register}"]

    def _rounding(self) -> Unit:
        """FPSCR: rounding mode, flush-to-zero, default NaN, alternative half-precision, cleared or set flags."""
        value = self.rng.randrange(32) << 22 | self.rng.choice((0, 0x9F))
        return [f"ldr r12, ={value:#x}", "vmsr fpscr, r12"]
