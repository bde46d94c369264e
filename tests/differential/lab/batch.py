"""Batches of cases: one program runs many, on QEMU and here, and writes what each left behind.

The numbers of the layout are those of runner.h and runner.c.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from differential.lab.grammar import INTERESTING, INTERESTING_FP, Grammar, Unit
from elftools.elf.elffile import ELFFile
from support.arm_gcc import build_bare
from support.guest_run import GuestRun

LAB = Path(__file__).parent
MEMORY = 0x2008_0180
MEMORY_WORDS = 160
DATA = 0x2008_0340  # where pointers begin: data on both sides, below it the stack of the case
HOLE, HOLE_END = 0x2008_0360, 0x2008_0380
EDGE = 0x2008_0400
RESULT = struct.Struct(f"<55I{MEMORY_WORDS}I")

UNPRIVILEGED, SPLIT, HOLED, EDGED, UNALIGN_TRP, DIV_0_TRP, READ_ONLY, FRESH_FP = 1, 2, 4, 8, 16, 32, 64, 128
MODES = (
    *(0, SPLIT, HOLED, EDGED, UNPRIVILEGED | HOLED | EDGED, UNALIGN_TRP | DIV_0_TRP, SPLIT | UNPRIVILEGED),
    *(READ_ONLY, FRESH_FP, FRESH_FP | UNPRIVILEGED | UNALIGN_TRP | READ_ONLY),
)


@dataclass(frozen=True, slots=True)
class Case:
    """The units of a case and the state it begins with: r0-r12, APSR, s0-s31, FPSCR, and the memory's seed."""

    units: tuple[tuple[str, ...], ...]
    r: tuple[int, ...]
    apsr: int
    s: tuple[int, ...]
    fpscr: int
    memory_seed: int

    def packed(self) -> bytes:
        """Return struct state."""
        return struct.pack("<48I", *self.r, self.apsr, *self.s, self.fpscr, self.memory_seed)

    def lines(self) -> list[str]:
        """Return the listing."""
        return [line for unit in self.units for line in unit]


@dataclass(frozen=True, slots=True)
class Result:
    """What a case left: struct result. ``pc`` is relative to the case's first instruction."""

    exception: int
    r: tuple[int, ...]
    sp: int
    lr: int
    pc: int
    xpsr: int
    exc_return: int
    cfsr: int
    hfsr: int
    address: int
    s: tuple[int, ...]
    fpscr: int
    memory: bytes = field(repr=False)

    def differences(self, other: Result) -> list[str]:
        """Return one line for each field that differs: here, then there."""
        lines = []
        for name in ("exception", "pc", "cfsr", "hfsr", "address", "xpsr", "sp", "lr", "exc_return", "fpscr"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                lines.append(f"{name}: {mine:#x} / {theirs:#x}")
        for letter, mine, theirs in (("r", self.r, other.r), ("s", self.s, other.s)):
            pairs = enumerate(zip(mine, theirs, strict=True))
            lines += [f"{letter}{n}: {a:#010x} / {b:#010x}" for n, (a, b) in pairs if a != b]
        for offset in range(0, len(self.memory), 4):
            mine, theirs = self.memory[offset : offset + 4], other.memory[offset : offset + 4]
            if mine != theirs:
                lines.append(f"[{MEMORY + offset:#x}]: {mine.hex()} / {theirs.hex()}")
        return lines


def random_state(rng: random.Random) -> Case:
    """Return a case without units in a random state."""

    def word(values: Sequence[int]) -> int:
        return rng.choice(values) if rng.random() < 0.5 else rng.getrandbits(32)

    r = [word(INTERESTING) for _ in range(13)]
    r[6] = DATA + rng.choice((0, 4, 16, 64, 128, 1, 2))
    r[8] = DATA + rng.choice((0, 8, 32, 96, 176, 190)) + (rng.randrange(4) if rng.random() < 0.2 else 0)
    fpscr = rng.randrange(32) << 22 if rng.random() < 0.3 else 0
    s = tuple(word(INTERESTING_FP) for _ in range(32))
    return Case((), tuple(r), rng.getrandbits(5) << 27 | rng.getrandbits(4) << 16, s, fpscr, rng.getrandbits(32))


def random_cases(seed: object, mode: int, count: int, longest: int = 12) -> list[Case]:
    """Return ``count`` cases of 1 to ``longest`` units; the same arguments give the same cases."""
    rng = random.Random(f"instructions {seed} {mode}")
    grammar = Grammar(rng, has_conditional_fp=not mode & FRESH_FP)
    return [with_units(random_state(rng), grammar.case(rng.randint(1, longest))) for _ in range(count)]


def with_units(case: Case, units: Sequence[Sequence[str]] | Sequence[Unit]) -> Case:
    """Return ``case`` with other units."""
    return replace(case, units=tuple(tuple(unit) for unit in units))


def source(cases: Sequence[Case], mode: int) -> str:
    """Return the assembly of a batch."""
    lines = [".syntax unified", ".thumb", ".text"]
    for number, case in enumerate(cases):
        lines += [".balign 4", f"case_{number}:", *case.lines(), "b.w case_end", ".ltorg"]
    lines += [".section .rodata", ".balign 4", ".global lab_states, lab_code, lab_count, lab_mode"]
    lines += ['lab_states: .incbin "states.bin"', "lab_code:"]
    lines += [f".word case_{number} + 1" for number in range(len(cases))]
    lines += [f"lab_count: .word {len(cases)}", f"lab_mode: .word {mode}"]
    lines += [f".global case_{number}" for number in range(len(cases))]
    return "\n".join(lines) + "\n"


def build(cases: Sequence[Case], mode: int, folder: Path) -> Path:
    """Assemble and link a batch in ``folder``; AssertionError with the assembler's words when it refuses a line."""
    generated: dict[str, str | bytes] = {
        "cases.S": source(cases, mode),
        "states.bin": b"".join(case.packed() for case in cases),
    }
    runner = [LAB / "runner.c", LAB / "runner.S"]
    return build_bare(runner, generated=generated, layout="lab.ld", flags=[f"-L{LAB}", f"-I{LAB}"], folder=folder)


def parse(console: bytes, count: int, starts: Sequence[int]) -> list[Result]:
    """Return the results that a run wrote; ``starts`` are the addresses of the cases."""
    assert len(console) == count * RESULT.size, f"{len(console)} bytes from {count} cases"
    results = []
    for number, words in enumerate(RESULT.iter_unpack(console)):
        exception, *rest = words
        r, rest = tuple(rest[:13]), rest[13:]
        sp, lr, pc, xpsr, exc_return, cfsr, hfsr, address = rest[:8]
        s, fpscr = tuple(rest[8:40]), rest[40]
        memory = struct.pack(f"<{MEMORY_WORDS}I", *rest[41:])
        offset = (pc - starts[number]) & 0xFFFF_FFFF
        results.append(Result(exception, r, sp, lr, offset, xpsr, exc_return, cfsr, hfsr, address, s, fpscr, memory))
    return results


Runner = Callable[[Path], GuestRun]


def run(cases: Sequence[Case], mode: int, runner: Runner, elf: Path) -> list[Result]:
    """Run a built batch and return its results."""
    done = runner(elf)
    assert done.exit_code == 0, f"the batch did not end by itself: {done.detail}"
    return parse(done.console, len(cases), case_starts(elf, len(cases)))


def case_starts(elf: Path, count: int) -> list[int]:
    """Return the address of each case."""
    with elf.open("rb") as stream:
        symbols = ELFFile(stream).get_section_by_name(".symtab")
        addresses = {symbol.name: symbol["st_value"] for symbol in symbols.iter_symbols()}
    return [addresses[f"case_{number}"] for number in range(count)]


def case_code(elf: Path, address: int) -> bytes:
    """Return the four bytes of code at ``address``; zeros where there is no code."""
    with elf.open("rb") as stream:
        text = ELFFile(stream).get_section_by_name(".text")
        offset = (address - text["sh_addr"]) & 0xFFFF_FFFF
        return bytes(text.data()[offset : offset + 4].ljust(4, b"\0"))
