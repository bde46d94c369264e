"""How execution came to an address: the instruction that branched there, as the engine saw it.

Known of the last block that executed and nothing before it. Decoded by hand: faults may be many, and a disassembler is
for those that are reported.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.armv7m.core import Registers
from emulator.bits import WORD_MASK
from emulator.records import dataclass

CALL, POINTER_CALL, RETURN, JUMP = "call", "pointer call", "return", "jump"
EXCEPTION_RETURN, VECTOR = "exception return", "vector"
_FRAME_POINTERS = (7, 11, 13)


@dataclass(frozen=True, slots=True)
class Branch:
    """``kind`` is one of the words above; ``pc`` the instruction, None for an exception return or a vector.

    ``popped``: a return took its address from the stack, not from LR.
    """

    kind: str
    pc: int | None = None
    popped: bool = False


def branch_at(pc: int, code: int, registers: Registers, load_word: Callable[[int], int | None]) -> Branch | None:
    """Return how the instruction at ``pc`` came to ``registers.pc``; None where it cannot have.

    ``code`` is its two halfwords, the first one low. What it loaded or called is still there: it executed last.
    ``load_word`` reads memory, None where there is none. [A5.2.3, A5.3, A7.7]
    """
    narrow, target = code & 0xFFFF, registers.pc & ~1
    general = [*registers.r, registers.sp, registers.lr, pc + 4]
    register = narrow >> 3 & 15
    is_there = general[register] & ~1 == target
    if narrow & 0xFF87 == 0x4780:  # BLX
        called = registers.lr == pc + 2 | 1 and is_there
        return Branch(POINTER_CALL, pc) if called else None
    if narrow & 0xFF87 in (0x4700, 0x4687):  # BX, MOV PC
        return Branch(RETURN if register == 14 else JUMP, pc) if is_there else None
    if narrow & 0xFF00 == 0xBD00:  # POP
        return _popped(RETURN, pc, target, load_word(registers.sp - 4 & WORD_MASK))
    if narrow >> 11 in (0b11101, 0b11110, 0b11111):
        return _wide(pc, narrow, code >> 16, registers, load_word)
    return Branch(JUMP, pc) if _is_narrow_jump(narrow) and not _falls_to(pc, 2, target) else None


def _wide(
    pc: int, first: int, second: int, registers: Registers, load_word: Callable[[int], int | None]
) -> Branch | None:
    target = registers.pc & ~1
    if _falls_to(pc, 4, target):
        return None
    if first & 0xF800 == 0xF000 and second & 0xD000 == 0xD000:  # BL
        return Branch(CALL, pc) if registers.lr == pc + 4 | 1 else None
    if first & 0xF800 == 0xF000 and second & 0x8000:  # B; where its condition would be 14 or 15: MSR, DSB, ISB, ...
        return Branch(JUMP, pc) if second & 0x1000 or first >> 6 & 15 < 14 else None
    base = first & 15
    if first & 0xFE50 == 0xE810 and second & 0x8000:  # LDM, POP
        if base == 13 and first & 0x0180 == 0x0080 and first & 0x20:
            return _popped(RETURN, pc, target, load_word(registers.sp - 4 & WORD_MASK))
        return Branch(RETURN, pc, popped=True) if base in _FRAME_POINTERS else Branch(JUMP, pc)
    if (first & 0xFFF0 == 0xF850 and second >> 12 == 15) or (first & 0xFF7F == 0xF85F and second >> 12 == 15):  # LDR PC
        is_pop = base == 13 and second & 0x0FFF == 0x0B04
        return _popped(RETURN, pc, target, load_word(registers.sp - 4 & WORD_MASK)) if is_pop else Branch(JUMP, pc)
    if (first & 0xFFF0 == 0xF8D0 and second >> 12 == 15) or (first & 0xFFF0 == 0xE8D0 and second & 0xFFE0 == 0xF000):
        return Branch(JUMP, pc)  # LDR PC, TBB, TBH
    return None


def _popped(kind: str, pc: int, target: int, word: int | None) -> Branch | None:
    return Branch(kind, pc, popped=True) if word is not None and word & ~1 == target else None


def _is_narrow_jump(narrow: int) -> bool:
    """Whether it is B, B<c>, CBZ, CBNZ or ADD PC."""
    is_conditional = narrow >> 12 == 0b1101 and narrow >> 8 & 15 < 14
    return narrow >> 11 == 0b11100 or is_conditional or narrow & 0xF500 == 0xB100 or narrow & 0xFF87 == 0x4487


def _falls_to(pc: int, size: int, target: int) -> bool:
    """Whether the instruction is a branch that was not taken, or none."""
    return pc + size == target
