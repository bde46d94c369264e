"""Direct branches that keep no return address: where they lead, and whether a condition decides. [A7.7.12, A7.7.21]

Left out: B in an IT block, whose condition is the block's.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK

ALWAYS = 14
"""Conditions from here on are other instructions: UDF, SVC and, of 32 bits, MSR, hints and barriers."""


class DirectBranch(NamedTuple):
    """B, B<c>, CBZ or CBNZ. ``target`` is an address without the Thumb bit."""

    target: int
    is_conditional: bool


def direct_branch(address: int, first: int, second: int) -> DirectBranch | None:
    """Return the branch that the instruction at ``address`` is, by its two halfwords; None where it is none."""
    pc = address + 4
    if first & 0xF000 == 0xD000 and first >> 8 & 15 < ALWAYS:  # B<c> T1
        return DirectBranch(pc + _signed(first & 0xFF, 8) * 2 & WORD_MASK, True)
    if first & 0xF800 == 0xE000:  # B T2
        return DirectBranch(pc + _signed(first & 0x7FF, 11) * 2 & WORD_MASK, False)
    if first & 0xF500 == 0xB100:  # CBZ, CBNZ
        return DirectBranch(pc + (first >> 9 & 1) * 64 + (first >> 3 & 31) * 2 & WORD_MASK, True)
    if first & 0xF800 != 0xF000 or second & 0xC000 != 0x8000:
        return None
    sign, j1, j2 = first >> 10 & 1, second >> 13 & 1, second >> 11 & 1
    if second & 0x1000:  # B T4
        high = sign << 23 | (1 ^ j1 ^ sign) << 22 | (1 ^ j2 ^ sign) << 21
        return DirectBranch(pc + _signed(high | (first & 0x3FF) << 11 | second & 0x7FF, 24) * 2 & WORD_MASK, False)
    if first >> 6 & 15 < ALWAYS:  # B<c> T3
        high = sign << 19 | j2 << 18 | j1 << 17
        return DirectBranch(pc + _signed(high | (first & 0x3F) << 11 | second & 0x7FF, 20) * 2 & WORD_MASK, True)
    return None


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> bits - 1 else value
