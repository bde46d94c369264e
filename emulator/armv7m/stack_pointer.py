"""Which instructions could leave SP with one of its low two bits set, were these bits not always zero. [B1.4.1]

"Bits [1:0] of R13 are ignored on writes and read as zero": an engine without that rule needs a look at SP after each of
these. All that writes R13 is here but what adds or subtracts a multiple of 4, with the forms that the manual calls
UNPREDICTABLE because they may not name SP. [D-013]
"""

from __future__ import annotations

SP = 13


def narrow_writes_low_bits(word: int) -> bool:
    """Whether the 16-bit instruction is MOV SP, Rm or ADD SP, Rm. [A7.7.77, A7.7.6]"""
    return word & 0xFF87 in (0x4685, 0x4485)


def wide_writes_low_bits(first: int, second: int) -> bool:
    """Whether the 32-bit instruction gives SP a value that need not be a multiple of 4. [A5.3]"""
    group = first >> 9
    if group == 0b1110100:
        return _multiple_writes(first, second)
    if group == 0b1110101 or (first & 0xF800 == 0xF000 and not second & 0x8000):
        return second >> 8 & 15 == SP and not _adds_a_multiple_of_4(first, second)
    if group == 0b1111100:
        return _single_writes(first, second)
    if group == 0b1111101:
        is_long = first & 0xFF80 == 0xFB80
        return second >> 8 & 15 == SP or (is_long and second >> 12 == SP)
    if group == 0b1110111:  # VMOV and VMRS of one register
        return bool(first & 0x10 and second & 0x10) and second >> 12 == SP
    if first & 0xFFF0 == 0xEC50:  # VMOV of two
        return SP in (second >> 12, first & 15)
    return first & 0xFFE0 == 0xF3E0 and second & 0xFF00 == 0x8D00  # MRS


def _multiple_writes(first: int, second: int) -> bool:
    """LDM, LDRD and the exclusives: into SP. What LDM and LDRD add to a base is a multiple of 4."""
    if not first & 0x40:
        return bool(first & 0x10 and second >> SP & 1)
    if first & 0x0120 == 0 and not first & 0x10:  # STREX: the status register of either form
        return SP in (second >> 8 & 15, second & 15)
    return bool(first & 0x10) and SP in (second >> 12, second >> 8 & 15)


def _single_writes(first: int, second: int) -> bool:
    """Loads into SP, and the write-back of a base. [A5.3.7 to A5.3.10]"""
    if first & 0x10 and second >> 12 == SP:
        return True
    writes_back = not first & 0x80 and second & 0x0900 == 0x0900
    return first & 15 == SP and writes_back and bool(second & 3)


def _adds_a_multiple_of_4(first: int, second: int) -> bool:
    """ADD or SUB SP, SP, with a constant or a shifted register that is a multiple of 4."""
    if first & 0xFFEF in (0xEB0D, 0xEBAD):  # a register: LSL #2 and more
        return not second & 0x30 and bool(second & 0x7080)
    low = second & 0xFF
    imm12 = (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | low
    if first & 0xFBFF in (0xF20D, 0xF2AD):  # ADDW, SUBW
        return not imm12 & 3
    if first & 0xFBEF not in (0xF10D, 0xF1AD):
        return False
    if imm12 >> 10 == 0:  # ThumbExpandImm() [A5.3.2]
        return imm12 >> 8 & 3 == 2 or not low & 3
    return imm12 >> 7 != 31 or not low & 1  # 0b1bcdefgh rotated right, by 8 to 31
