"""Which accesses of a block, and which values of SP, are word aligned because registers are when it begins. [A3.2.1]

LDM, STM, LDRD and STRD fault unless their address is a multiple of four, and their displacement always is. So only the
low two bits of the base count, and most instructions between the start of a block and the access keep them or add a
known amount. This module follows them: whatever it does not know by an encoding it forgets. Likewise MOV SP, R7 at the
end of a function gives SP no low bits when R7 had none.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.armv7m.instructions import Block, Kind, Special, is_wide

SP, LR = 13, 14
REGISTERS = 15
"""R0 to R12, SP and LR."""

Low = tuple[int, int] | None
"""The low bits of a value: those of (register at the start of the block, -1 for none) plus an amount; None: unknown."""

CONSTANT = -1
_ALIGNED: Low = (CONSTANT, 0)


class LowBits:
    """The low two bits of the core registers, in terms of those when the block begins."""

    def __init__(self) -> None:
        self.of: list[Low] = [(number, 0) for number in range(REGISTERS)]
        self._conditional = False

    def execute(self, first: int, second: int | None, itstate: int) -> None:
        """Follow the instruction of these halfwords (``second`` None for a 16-bit one)."""
        self._conditional = bool(itstate & 15)
        if second is None:
            self._narrow(first)
        elif first >= 0xF800:
            self._single_or_multiply(first, second)
        elif first >= 0xF000:
            self._immediate(first, second)
        elif first >= 0xEC00:
            self._coprocessor(first, second)
        elif first >= 0xEA00:
            self._shifted_register(first, second)
        else:
            self._multiple_or_dual(first, second)

    def checked(self, base: int) -> None:
        """An access by ``base`` was found aligned."""
        if base < REGISTERS:
            self.of[base] = _ALIGNED

    def _put(self, register: int, low: Low) -> None:
        if register < REGISTERS and not (self._conditional and self.of[register] != low):
            self.of[register] = low
        elif register < REGISTERS:
            self.of[register] = None

    def _forget(self, *registers: int) -> None:
        for register in registers:
            self._put(register, None)

    def _forget_list(self, registers: int) -> None:
        self._forget(*(number for number in range(REGISTERS) if registers >> number & 1))

    def _copy(self, target: int, source: int, amount: int = 0) -> None:
        low = self.of[source] if source < REGISTERS else None
        self._put(target, None if low is None else (low[0], low[1] + amount & 3))

    # -- 16 bits [A5.2] ----------------------------------------------------------------------------------------------

    def _narrow(self, word: int) -> None:
        low, middle, high = word & 7, word >> 3 & 7, word >> 8 & 7
        top = word >> 11
        if top == 0b00011:  # ADD, SUB of a register or of three bits
            amount = -(word >> 6 & 7) if word & 0x200 else word >> 6 & 7
            self._copy(low, middle, amount) if word & 0x400 else self._forget(low)
        elif top < 0b00011:  # shifts; LSL #0 is MOVS
            self._copy(low, middle) if word < 0x40 else self._forget(low)
        elif top == 0b00100:  # MOVS
            self._put(high, (CONSTANT, word & 3))
        elif top in (0b00110, 0b00111):  # ADDS, SUBS
            self._copy(high, high, -(word & 3) if word & 0x800 else word & 3)
        elif word >> 8 == 0x46:  # MOV
            self._copy(word >> 4 & 8 | low, word >> 3 & 15)
        elif word >> 8 == 0x44:  # ADD of registers
            self._forget(word >> 4 & 8 | low)
        elif word >> 8 == 0x47:  # BX, BLX
            self._forget(LR)
        elif top == 0b10100:  # ADR
            self._put(high, _ALIGNED)
        elif top == 0b10101:  # ADD Rd, SP, a multiple of four
            self._copy(high, SP)
        elif top in (0b01001, 0b10011):  # LDR, by PC and by SP
            self._forget(high)
        elif word >> 10 == 0b010000 or _is_narrow_load(word):  # data processing
            self._forget(low)
        elif top == 0b11001:  # LDM: the base gains a multiple of four unless it is loaded
            self._forget_list(word & 0xFF)
        elif word >> 12 == 0xB:
            self._miscellaneous(word)

    def _miscellaneous(self, word: int) -> None:
        if word & 0xFE00 == 0xBC00:  # POP
            self._forget_list(word & 0xFF)
        elif word >> 8 in (0xB2, 0xBA):  # extensions, REV
            self._forget(word & 7)

    # -- 32 bits [A5.3] ----------------------------------------------------------------------------------------------

    def _multiple_or_dual(self, first: int, second: int) -> None:
        base = first & 15
        if not first & 0x40:  # LDM, STM: the base gains a multiple of four
            if first & 0x10:
                self._forget_list(second & 0x7FFF)
            if not 1 <= (first >> 7 & 3) <= 2:
                self._forget(*range(REGISTERS))
        elif first & 0x0120:  # LDRD, STRD: so does theirs
            if first & 0x10:
                self._forget(second >> 12, second >> 8 & 15)
        else:  # exclusives, table branches
            self._forget(base, second >> 12, second >> 8 & 15, second & 15)

    def _shifted_register(self, first: int, second: int) -> None:
        operation, target, source = first >> 5 & 15, second >> 8 & 15, first & 15
        amount = (second >> 10 & 0x1C | second >> 6 & 3) if not second & 0x30 else -1  # of LSL
        if operation == 2 and source == 15 and amount == 0:  # MOV
            self._copy(target, second & 15)
        elif operation in (8, 13) and amount >= 2:  # ADD, SUB of a multiple of four
            self._copy(target, source)
        else:
            self._forget(target)

    def _coprocessor(self, first: int, second: int) -> None:
        if first & 0xFFE0 == 0xEC40:  # two registers
            self._forget(first & 15, second >> 12)
        elif first >= 0xEE00:
            self._forget(second >> 12)
        # Loads and stores add multiples of four to the base.

    def _immediate(self, first: int, second: int) -> None:
        target, source, imm = second >> 8 & 15, first & 15, second & 0xFF
        if second & 0x8000:  # branches, miscellaneous control
            self._forget(target, SP, LR)
        elif first & 0xFBF0 == 0xF2C0:  # MOVT
            self._copy(target, target)
        elif first & 0xFBF0 == 0xF240:  # MOVW
            self._put(target, (CONSTANT, imm & 3))
        elif first & 0xFBEF == 0xF04F:  # MOV
            self._put(target, (CONSTANT, _expanded(first, second)))
        elif first & 0xFBE0 in (0xF100, 0xF1A0):  # ADD, SUB
            low = _expanded(first, second)
            self._copy(target, source, low if first & 0xFBE0 == 0xF100 else -low)
        elif first & 0xFBF0 in (0xF200, 0xF2A0):  # ADDW, SUBW; ADR, whose PC is word aligned
            amount = imm if first & 0xFBF0 == 0xF200 else -imm
            self._put(target, (CONSTANT, amount & 3)) if source == 15 else self._copy(target, source, amount)
        else:
            self._forget(target)

    def _single_or_multiply(self, first: int, second: int) -> None:
        if first >= 0xFC00:
            self._forget(first & 15, second >> 12)
        elif first >= 0xFA00:  # data processing of registers, multiplication
            self._forget(second >> 8 & 15, second >> 12)
        else:
            if first & 0x10:
                self._forget(second >> 12)
            base = first & 15
            writes_back = base != 15 and not first & 0x80 and second & 0x0900 == 0x0900
            if writes_back and base != second >> 12:
                self._copy(base, base, second & 3 if second & 0x0200 else -(second & 3))
            elif writes_back:
                self._forget(base)


def _is_narrow_load(word: int) -> bool:
    """Whether this is a load by a register: with a register (opcodes from 3 on) or an immediate."""
    return word >= 0x5600 if word >> 12 == 5 else word >> 12 in (6, 7, 8) and bool(word & 0x800)


def _expanded(first: int, second: int) -> int:
    """Return the low two bits of ThumbExpandImm(). [A5.3.2]"""
    control, imm = first >> 7 & 8 | second >> 12 & 7, second & 0xFF
    if control < 4:
        return (imm, imm, 0, imm)[control] & 3
    rotation = control << 1 | imm >> 7
    value = imm | 0x80
    return (value >> rotation | value << 32 - rotation) & 3


def followed(block: Block, code: bytes) -> Iterator[tuple[int, LowBits]]:
    """Yield the offset of each instruction of ``block``, of these bytes, and the low bits in front of it."""
    low_bits = LowBits()
    looked_at = {special.offset: special for special in block.specials if special.kind & (Kind.ALIGNED | Kind.AFTER_SP)}
    for offset, itstate in zip(block.offsets, block.itstates, strict=True):
        yield offset, low_bits
        special = looked_at.get(offset)
        if special is not None and not itstate & 15:
            if special.kind & Kind.AFTER_SP:  # its low bits are cleared before it executes
                low_bits.checked(SP)
            if is_judged(special.kind):  # it executes only when its address is aligned
                low_bits.checked(special.base)
        first = code[offset] | code[offset + 1] << 8
        second = code[offset + 2] | code[offset + 3] << 8 if is_wide(first) and offset + 3 < len(code) else None
        low_bits.execute(first, second, itstate)


def is_judged(kind: int) -> bool:
    """Whether the obligation is that of LDM, STM, LDRD, STRD, VLDR and their like, and no exclusive's."""
    return kind & (Kind.ALIGNED | Kind.EXCLUSIVE) == Kind.ALIGNED


def aligned_accesses(block: Block, code: bytes) -> tuple[int, frozenset[int]]:
    """Return (registers, offsets): while these registers are word aligned at the start, so are all bases and SPs there.

    ``registers`` has bit n for Rn, 13 for SP, 14 for LR. ``offsets`` are those of instructions whose access is word
    aligned, if they are judged by that, and that find no low bits in SP, if they are behind a writer of it.
    """
    needed = {special.offset: _needed(special) for special in block.specials}
    registers, offsets = 0, []
    for offset, low_bits in followed(block, code):
        lows = [low_bits.of[number] for number in needed.get(offset, ())]
        known = [low for low in lows if low is not None and not low[1]]
        if lows and len(known) == len(lows):
            offsets.append(offset)
            for register, _ in known:
                registers |= 1 << register if register != CONSTANT else 0
    return registers, frozenset(offsets)


def _needed(special: Special) -> tuple[int, ...]:
    """Return the registers whose low bits decide what is due at an instruction; none where others do."""
    if special.kind & Kind.EXCLUSIVE or (special.kind & Kind.ALIGNED and special.base >= REGISTERS):
        return ()
    return (SP,) * bool(special.kind & Kind.AFTER_SP) + (special.base,) * bool(special.kind & Kind.ALIGNED)
