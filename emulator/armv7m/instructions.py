"""Which Thumb instructions need more than the engine gives, found by decoding a block once. [A5, A6]

The engine executes every instruction; this module only says how long each one is, which ITSTATE it has, and which
ones carry an obligation that the engine does not honour: alignment, division by zero, the FP extension's checks, the
exclusive monitor, and changes of the masks. It decodes exactly the fields those checks need and nothing else.
"""

from __future__ import annotations

from emulator.armv7m.stack_pointer import narrow_writes_low_bits, wide_writes_low_bits
from emulator.records import dataclass, replace


class Kind:
    """What an instruction obliges us to do before or after it: bits, and plain integers.

    They are combined for each new block and at each watched instruction: an IntFlag took an eighth of the decoding.
    """

    NONE = 0
    ALIGNED = 1
    """Must be word aligned whatever CCR says: LDM, STM, LDRD, STRD, LDREX, STREX, VLDR, VSTR, VLDM, VSTM. [A3.2.1]"""
    ALIGN_TRAP = 2
    """Must be aligned when CCR.UNALIGN_TRP is set: word and halfword loads and stores."""
    DIVIDE = 4
    """UDIV, SDIV: a zero divisor faults when CCR.DIV_0_TRP is set."""
    FP = 8
    """An instruction of the FP extension: CPACR, lazy state preservation, FPCA. [B1.5.7, A2.5]"""
    MASKS = 16
    """CPS or MSR: what exception is taken next, or who is privileged, may change. Always ends its block."""
    EXCLUSIVE = 32
    """Touches the local monitor: LDREX, STREX and CLREX in all sizes."""
    READS_CONTROL = 64
    """MRS Rd, CONTROL: the engine shows a bit that ARMv7-M does not have."""
    OPEN_IT = 128
    """Not an instruction: the block ends inside an IT block."""
    COPROCESSOR = 256
    """Uses a coprocessor other than CP10 and CP11: NOCP. [B1.4.7]"""
    SEND_EVENT = 512
    """SEV: the engine executes it as a NOP."""
    UNPRIVILEGED = 1024
    """LDRT and STRT in all sizes: their access has unprivileged rights. [A7.7.66]"""
    LATER_FP = 2048
    """An FP instruction in an IT block, and each that follows it in its block: whether it makes the FP context depends
    on the flags, and the engine takes for granted that the first one does."""
    WRITES_CONTROL = 4096
    """MSR CONTROL, Rn: FPCA decides whether the next FP instruction begins a context, and the engine has two bits."""
    FIXED_TO_FP = 8192
    """VCVT from fixed-point: rounds to nearest, which the engine does not when FPSCR says otherwise. [A7.7.228]"""
    WRITES_SP = 65536
    """MSR MSP or PSP, Rn: the low two bits read as zero, which the engine does not see to. [B5.2.3]"""
    FP_V5 = 16384
    """Only in version 5 of the FP extension: VSEL, VMAXNM, VMINNM, VRINT, VCVTA."""
    FP_SYSTEM = 32768
    """VMRS or VMSR of a system register other than FPSCR: the engine has some, the M profile none. [A7.7.246]"""
    FAULTMASK = 131072
    """CPS or MSR that may change FAULTMASK: the execution priority may become negative, or cease to be."""
    STORE_EXCLUSIVE = 262144
    """STREX in all sizes: fails after an exception entry or return, which clear the local monitor. [A3.4.4]"""
    CUT = 4194304
    """Not an instruction: the engine ended the block in the middle of straight code (blocks.py, is_cut())."""
    BREAKPOINT = 2097152
    """Not the instruction's: a debugger wants the run to end in front of it."""
    DSP = 524288
    """Of the DSP extension, which a Cortex-M3 does not have: the engine executes it on every core. [A1.3]"""
    AFTER_SP = 8388608
    """Behind an instruction that may have given SP low bits, which read as zero; the engine keeps them. [B1.4.1]"""
    SP_AT_END = 16777216
    """Not an instruction: such a one ends the block, but for conditional ones."""
    ASKED = 33554432
    """Not an instruction: in this block the C half was asked to come back at the program's next block boundary."""
    ABSENT = 1048576
    """What the engine executes and ARMv7-M does not have: UNDEFINED. [A5.2, A5.3]"""


@dataclass(frozen=True, slots=True)
class Special:
    """One instruction with an obligation. ``offset`` from the start of its block, ``size`` 2 or 4 bytes.

    For memory access the address is R[base] + (R[index] << shift) + displacement, ``index`` -1 for none, base 15 the
    word-aligned PC; ``alignment`` is the mask of low bits that must be zero. For a division ``index`` is the divisor;
    for READS_CONTROL ``base`` is Rd, for WRITES_CONTROL ``index`` is Rn, for FIXED_TO_FP ``target`` is the S register,
    for STORE_EXCLUSIVE Rd; for WRITES_SP ``base`` is Rn and ``target`` 1 for PSP.
    """

    offset: int
    size: int
    kind: int
    itstate: int
    base: int = -1
    index: int = -1
    shift: int = 0
    displacement: int = 0
    alignment: int = 0
    target: int = -1


@dataclass(slots=True)
class Block:
    """A decoded block of ``count`` instructions in ``size`` bytes.

    ``kinds`` is the union of its specials' kinds; ``offsets`` and ``itstates`` have one entry an instruction.
    ``bases`` and ``proven`` are what ``alignment.aligned_accesses`` says; ``proven`` is None until it was asked.
    """

    address: int
    size: int
    count: int
    kinds: int
    specials: tuple[Special, ...]
    offsets: tuple[int, ...]
    itstates: tuple[int, ...]
    bases: int = 0
    proven: frozenset[int] | None = None


def is_wide(halfword: int) -> bool:
    """Whether ``halfword`` begins a 32-bit instruction: 0b11101, 0b11110, 0b11111. [A5.1]"""
    return halfword >= 0xE800


def advance_itstate(itstate: int) -> int:
    """ITAdvance(). [A7.3.3]"""
    if itstate & 7 == 0:
        return 0
    return itstate & 0xE0 | itstate << 1 & 0x1F


def condition_passed(condition: int, apsr: int) -> bool:
    """ConditionHolds() for a 4-bit condition and the flags in bits 31:28 of ``apsr``. [A7.3.1]"""
    n, z, c, v = apsr >> 31 & 1, apsr >> 30 & 1, apsr >> 29 & 1, apsr >> 28 & 1
    selected = condition >> 1
    if selected == 0:
        result = z == 1
    elif selected == 1:
        result = c == 1
    elif selected == 2:
        result = n == 1
    elif selected == 3:
        result = v == 1
    elif selected == 4:
        result = c == 1 and z == 0
    elif selected == 5:
        result = n == v
    elif selected == 6:
        result = n == v and z == 0
    else:
        return True
    return not result if condition & 1 else result


def decode_block(address: int, code: bytes, itstate: int = 0) -> Block:
    """Decode the instructions in ``code`` (a block at ``address`` that begins with ``itstate``)."""
    specials: list[Special] = []
    offsets: list[int] = []
    itstates: list[int] = []
    kinds = 0
    sp_is_loose = False
    offset, end = 0, len(code)
    while offset + 1 < end:
        first = code[offset] | code[offset + 1] << 8
        offsets.append(offset)
        itstates.append(itstate)
        if is_wide(first) and offset + 3 < end:
            second = code[offset + 2] | code[offset + 3] << 8
            special = _decode_wide(first, second, offset, itstate)
            loosens_sp = wide_writes_low_bits(first, second)
            size = 4
        else:
            special = _decode_narrow(first, offset, itstate)
            loosens_sp = narrow_writes_low_bits(first)
            size = 2
        if sp_is_loose:
            special = _behind_sp(special, offset, size, itstate)
            sp_is_loose = bool(itstate & 0xF)  # no hook is called where the condition fails
        sp_is_loose |= loosens_sp
        if special is not None:
            if special.kind & Kind.FP and (itstate & 0xF or kinds & Kind.LATER_FP):
                special = replace(special, kind=special.kind | Kind.LATER_FP)
            specials.append(special)
            kinds |= special.kind
        if first & 0xFF00 == 0xBF00 and first & 0xF:  # IT
            itstate = first & 0xFF
        else:
            itstate = advance_itstate(itstate)
        offset += size
    if itstate & 0xF:
        kinds |= Kind.OPEN_IT
    if sp_is_loose:
        kinds |= Kind.SP_AT_END
    return Block(address, len(code), len(offsets), int(kinds), tuple(specials), tuple(offsets), tuple(itstates))


def _behind_sp(special: Special | None, offset: int, size: int, itstate: int) -> Special:
    if special is None:
        return Special(offset, size, Kind.AFTER_SP, itstate)
    return replace(special, kind=special.kind | Kind.AFTER_SP)


def decode_one(address: int, code: bytes, itstate: int = 0) -> Special | None:
    """Return the obligation of the single instruction at the start of ``code``, or None."""
    block = decode_block(address, code[: 4 if is_wide(code[0] | code[1] << 8) else 2], itstate)
    return block.specials[0] if block.specials else None


def _decode_narrow(word: int, offset: int, itstate: int) -> Special | None:
    """The 16-bit encodings with obligations. [A5.2]"""
    if word & 0xF000 == 0xC000:  # STM, LDM
        return Special(offset, 2, Kind.ALIGNED, itstate, base=word >> 8 & 7, alignment=3)
    if word & 0xFFE0 == 0xB660:  # CPS
        return Special(offset, 2, Kind.MASKS | Kind.FAULTMASK if word & 1 else Kind.MASKS, itstate)
    if word == 0xBF40:
        return Special(offset, 2, Kind.SEND_EVENT, itstate)
    if word & 0xFFF7 == 0xB650:  # SETEND of other profiles: no encoding here [A5.2.5]
        return Special(offset, 2, Kind.ABSENT, itstate)
    top = word >> 11
    low, middle, imm5 = word & 7, word >> 3 & 7, word >> 6 & 31
    if word & 0xF000 == 0x5000:  # register offset: STR STRH STRB LDRSB LDR LDRH LDRB LDRSH
        alignment = (3, 1, 0, 0, 3, 1, 0, 1)[word >> 9 & 7]
        if alignment:
            return Special(offset, 2, Kind.ALIGN_TRAP, itstate, middle, word >> 6 & 7, alignment=alignment, target=low)
    elif top in (0b01100, 0b01101):  # STR, LDR immediate
        return Special(offset, 2, Kind.ALIGN_TRAP, itstate, middle, displacement=imm5 * 4, alignment=3, target=low)
    elif top in (0b10000, 0b10001):  # STRH, LDRH immediate
        return Special(offset, 2, Kind.ALIGN_TRAP, itstate, middle, displacement=imm5 * 2, alignment=1, target=low)
    return None


def _decode_wide(first: int, second: int, offset: int, itstate: int) -> Special | None:
    """The 32-bit encodings with obligations. [A5.3]"""
    base = first & 15
    if first & 0xEC00 == 0xEC00:  # coprocessor space
        return _decode_coprocessor(first, second, offset, itstate)
    if first & 0xFE40 == 0xE800:  # LDM, STM (SP and PC bases are always aligned)
        if base == 13:
            return None
        return Special(offset, 4, Kind.ALIGNED, itstate, base=base, alignment=3)
    if first & 0xFE40 == 0xE840:  # dual, exclusive, table branch
        return _decode_dual_or_exclusive(first, second, offset, itstate)
    if first & 0xFFF0 == 0xF3E0 or first & 0xFFF0 == 0xF3F0:  # MRS
        if first == 0xF3EF and second & 0xFF == 20:
            return Special(offset, 4, Kind.READS_CONTROL, itstate, base=second >> 8 & 15)
        return None
    if first & 0xFFE0 == 0xF380 and second & 0x8000:  # MSR
        if second & 0xFF == 20:
            return Special(offset, 4, Kind.MASKS | Kind.WRITES_CONTROL, itstate, index=first & 15)
        if second & 0xFE == 8:
            kind = Kind.MASKS | Kind.WRITES_SP
            return Special(offset, 4, kind, itstate, base=first & 15, alignment=3, target=second & 1)
        is_faultmask = second & 0xFF == 19
        return Special(offset, 4, Kind.MASKS | Kind.FAULTMASK if is_faultmask else Kind.MASKS, itstate)
    if first == 0xF3AF and second == 0x8004:
        return Special(offset, 4, Kind.SEND_EVENT, itstate)
    if first & 0xFFF0 == 0xF3B0 and second & 0xF0 == 0x20:  # CLREX
        return Special(offset, 4, Kind.EXCLUSIVE, itstate)
    if first & 0xFFD0 == 0xFB90 and second & 0xF0 == 0xF0:  # SDIV, UDIV
        return Special(offset, 4, Kind.DIVIDE, itstate, index=second & 15)
    if first & 0xFE00 == 0xF800:
        return _decode_single(first, second, offset, itstate)
    return Special(offset, 4, Kind.DSP, itstate) if _is_dsp(first, second) else None


def _is_dsp(first: int, second: int) -> bool:
    """Whether this is an instruction of the DSP extension. [A5.3.1, A5.3.11, A5.3.12, A5.3.14 to A5.3.17]"""
    if first & 0xFFF0 == 0xEAC0:  # PKHBT, PKHTB
        return True
    if first & 0xFF70 == 0xF320:  # SSAT16, USAT16; with a shift they are SSAT and USAT
        return not second & 0xF0C0
    top, operation = first >> 4, second >> 4 & 15
    if first & 0xFF80 == 0xFA00:  # register shifts, and extensions: with Rn, or of two bytes
        return second & 0xF080 == 0xF080 and (first & 15 != 15 or top in (0xFA2, 0xFA3)) and top < 0xFA6
    if first & 0xFF80 == 0xFA80 and second & 0xF000 == 0xF000:
        return not operation & 8 or (operation & 12 == 8 and top in (0xFA8, 0xFAA))  # parallel; saturating, SEL
    if first & 0xFF80 == 0xFB00:  # all multiplications but MLA, MUL and MLS
        return top != 0xFB0
    if first & 0xFF80 == 0xFB80:  # SMLALxy, SMLALD, SMLSLD, UMAAL
        return (top == 0xFBC and operation & 8 != 0) or top == 0xFBD or (top == 0xFBE and operation == 6)
    return False


def _decode_dual_or_exclusive(first: int, second: int, offset: int, itstate: int) -> Special | None:
    base = first & 15
    imm = (second & 0xFF) * 4
    if first & 0x0120 == 0:  # P = W = 0: exclusives and table branches
        exclusive = Kind.ALIGNED | Kind.EXCLUSIVE | (Kind.NONE if first & 0x10 else Kind.STORE_EXCLUSIVE)
        if first & 0xFFF0 == 0xE840 and second & 0xF03F == 0xF000:  # TT of ARMv8-M; STREX of PC is UNPREDICTABLE
            return Special(offset, 4, Kind.ABSENT, itstate)
        if first & 0xFFE0 == 0xE840:  # LDREX, STREX
            return Special(offset, 4, exclusive, itstate, base, displacement=imm, alignment=3, target=second >> 8 & 15)
        if first & 0xFFE0 == 0xE8C0 and (second & 0x80 or second & 0xF0 == 0x70):  # LDREXD; LDA, STL of ARMv8-M
            return Special(offset, 4, Kind.ABSENT, itstate)
        if first & 0xFFE0 == 0xE8C0 and second & 0xE0 == 0x40:  # byte, halfword exclusives
            return Special(offset, 4, exclusive, itstate, base, alignment=second >> 4 & 1, target=second & 15)
        if first & 0xFFF0 == 0xE8D0 and second & 0xF0 == 0x10:  # TBH reads a halfword at Rn + Rm * 2
            return Special(
                offset,
                4,
                Kind.ALIGN_TRAP,
                itstate,
                base,
                index=second & 15,
                shift=1,
                alignment=1,
                displacement=0 if base != 15 else 4,
            )
        return None
    if base in (13, 15):
        return None
    return Special(offset, 4, Kind.ALIGNED, itstate, base=base, alignment=3)  # LDRD, STRD: a multiple of 4 is added


def _decode_coprocessor(first: int, second: int, offset: int, itstate: int) -> Special | None:
    coprocessor = second >> 8 & 15
    if first & 0xFF00 in (0xEF00, 0xFF00):  # op1 0b11xxxx: UNDEFINED, whatever the coprocessor [table A5-29]
        return None
    if coprocessor & 0xE != 10:
        return Special(offset, 4, Kind.COPROCESSOR, itstate)
    memory = first & 0xFE00 == 0xEC00 and first & 0x01A0  # VLDR, VSTR, VLDM, VSTM; not VMOV of two registers
    base = first & 15
    if memory and base not in (13, 15):
        return Special(offset, 4, Kind.FP | Kind.ALIGNED, itstate, base=base, alignment=3)
    if first & 0xFFBE == 0xEEBA and second & 0x0F50 == 0x0A40:
        register = (second >> 12) << 1 | first >> 6 & 1
        return Special(offset, 4, Kind.FP | Kind.FIXED_TO_FP, itstate, target=register)
    return Special(offset, 4, Kind.FP | _fp_variant(first, second), itstate)


def _fp_variant(first: int, second: int) -> int:
    """What not every core has. [A6.4, A6.6; DDI 0403E has version 5 in its A6.4.4]"""
    if first & 0xFF00 == 0xFE00:
        return Kind.FP_V5
    opcode = first & 0xFFBF, second & 0xD0
    if opcode in ((0xEEB6, 0x40), (0xEEB6, 0xC0), (0xEEB7, 0x40)):  # VRINTR, VRINTZ, VRINTX
        return Kind.FP_V5
    if first & 0xFFE0 == 0xEEE0 and second & 0x0F10 == 0x0A10 and first & 15 != 1:
        return Kind.FP_SYSTEM
    return Kind.NONE


def _decode_single(first: int, second: int, offset: int, itstate: int) -> Special | None:
    """Load/store single: words and halfwords must be aligned under UNALIGN_TRP. [A5.3.7 .. A5.3.10]"""
    size = first >> 5 & 3
    if first & 0xFF10 == 0xF900:  # Advanced SIMD
        return Special(offset, 4, Kind.ABSENT, itstate)
    if first & 0x80 == 0 and second & 0x0F00 == 0x0E00 and first & 15 != 15:
        kind = Kind.UNPRIVILEGED | (Kind.ALIGN_TRAP if size else Kind.NONE)
        alignment = (0, 1, 3, 0)[size]
        return Special(offset, 4, kind, itstate, first & 15, displacement=second & 0xFF, alignment=alignment,
                       target=second >> 12)  # fmt: skip
    if size == 0 or size == 3 or (first & 0x10 and second >> 12 == 15 and size == 1):  # bytes; hints
        return None
    base, index, shift, displacement = first & 15, -1, 0, 0
    if base == 15:
        displacement = second & 0xFFF if first & 0x80 else -(second & 0xFFF)
    elif first & 0x80:
        displacement = second & 0xFFF
    elif second & 0x0FC0 == 0:
        index, shift = second & 15, second >> 4 & 3
    elif second & 0x0400:  # with it clear the access is post-indexed: the base itself is the address
        displacement = second & 0xFF if second & 0x0200 else -(second & 0xFF)
    return Special(
        offset, 4, Kind.ALIGN_TRAP, itstate, base, index, shift, displacement,
        alignment=3 if size == 2 else 1, target=second >> 12,
    )  # fmt: skip
