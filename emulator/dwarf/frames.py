"""Call frame information: how to find the caller's registers at an instruction. [DWARF 5, 6.4; LSB Core, 10.6]

``.debug_frame`` and ``.eh_frame`` differ in how an entry says what it belongs to and how it writes addresses. Only
the core registers R0 to R15 are followed; the numbers are those of "DWARF for the Arm Architecture", table 1.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from emulator.bits import WORD_MASK, sign_extend
from emulator.dwarf.cursor import Allowance, Cursor, DwarfError
from emulator.image import UnwindRow

CORE_REGISTERS = 16
_DEBUG_FRAME_CIE = 0xFFFF_FFFF

_DW_EH_PE_OMIT = 0xFF
_DW_EH_PE_PCREL = 0x10
_DW_EH_PE_FORMATS = {0x0: (4, False), 0x2: (2, False), 0x3: (4, False), 0xA: (2, True), 0xB: (4, True)}

# Operations with the operand in their low six bits, then those with a byte of their own. [DWARF 5, 7.24]
_ADVANCE_LOC, _OFFSET, _RESTORE = 0x40, 0x80, 0xC0
_SET_LOC = 0x01
_ADVANCE_LOCS = {0x02: 1, 0x03: 2, 0x04: 4}
_OFFSET_EXTENDED, _RESTORE_EXTENDED = 0x05, 0x06
_UNDEFINED, _SAME_VALUE, _REGISTER = 0x07, 0x08, 0x09
_REMEMBER_STATE, _RESTORE_STATE = 0x0A, 0x0B
_DEF_CFA, _DEF_CFA_REGISTER, _DEF_CFA_OFFSET = 0x0C, 0x0D, 0x0E
_DEF_CFA_EXPRESSION, _EXPRESSION = 0x0F, 0x10
_OFFSET_EXTENDED_SF, _DEF_CFA_SF, _DEF_CFA_OFFSET_SF = 0x11, 0x12, 0x13
_VAL_OFFSET, _VAL_OFFSET_SF, _VAL_EXPRESSION = 0x14, 0x15, 0x16
_GNU_ARGS_SIZE, _GNU_NEGATIVE_OFFSET_EXTENDED = 0x2E, 0x2F


@dataclass(frozen=True, slots=True)
class FrameSection:
    """The contents of a frame section, the address it is linked at, and which of the two formats it has."""

    data: bytes
    address: int
    is_eh_frame: bool


@dataclass(frozen=True, slots=True)
class _CommonEntry:
    """A CIE: what its frame descriptions share."""

    code_alignment: int
    data_alignment: int
    return_register: int
    encoding: int
    augmented: bool
    instructions: tuple[int, int]


@dataclass(slots=True)
class _Rules:
    """The state of the table's current row. A CFA register of None: an expression, which is not followed."""

    cfa_register: int | None = None
    cfa_offset: int = 0
    saved: dict[int, int] = field(default_factory=dict)

    def copy(self) -> _Rules:
        return _Rules(self.cfa_register, self.cfa_offset, dict(self.saved))


class FrameTable:
    """The frame descriptions of one section. Those that begin below ``lowest`` belong to no code."""

    def __init__(self, section: FrameSection, lowest: int, allowance: Allowance) -> None:
        self._section = section
        self._lowest = lowest
        self._allowance = allowance
        self._common_entries: dict[int, _CommonEntry] = {}
        self._descriptions = sorted(self._index())
        self._starts = [start for start, *_ in self._descriptions]

    def find(self, address: int) -> UnwindRow | None:
        """Return how to leave the frame at ``address``, None where nothing describes it. Raises DwarfError."""
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        start, end, common_offset, position, stop = self._descriptions[index]
        if address >= end:
            return None
        common = self._common(common_offset)
        initial = _Rules()
        self._run(common, *common.instructions, start, address, initial, initial)
        rules = initial.copy()
        self._run(common, position, stop, start, address, rules, initial)
        if rules.cfa_register is None:
            return None
        return UnwindRow(rules.cfa_register, rules.cfa_offset, rules.saved, common.return_register)

    def _index(self) -> list[tuple[int, int, int, int, int]]:
        """Return (start, end, offset of the CIE, first instruction, end of instructions) of every description."""
        data, is_eh = self._section.data, self._section.is_eh_frame
        found = []
        position = 0
        while position + 4 <= len(data):
            cursor = Cursor(data, position)
            end, offset_size = cursor.initial_length()
            if end == cursor.position:  # the terminator of .eh_frame, or padding
                position = end
                continue
            if offset_size != 4:
                raise DwarfError("frame information is in the 64-bit format")
            here = cursor.position
            identity = cursor.unsigned(4)
            if identity != (0 if is_eh else _DEBUG_FRAME_CIE):
                common_offset = here - identity if is_eh else identity
                cursor.end = end
                found.append(self._description(cursor, common_offset, end))
            self._allowance.spend(1)
            position = end
        return [description for description in found if self._lowest <= description[0] < description[1]]

    def _description(self, cursor: Cursor, common_offset: int, end: int) -> tuple[int, int, int, int, int]:
        common = self._common(common_offset)
        start = self._address(cursor, common.encoding)
        size = self._address(cursor, common.encoding & 0x0F)
        if common.augmented:
            cursor.skip(cursor.uleb())
        return start, start + size, common_offset, cursor.position, end

    def _address(self, cursor: Cursor, encoding: int) -> int:
        if encoding & 0x0F not in _DW_EH_PE_FORMATS or encoding & 0x70 & ~_DW_EH_PE_PCREL:
            raise DwarfError(f"frame information encodes addresses as 0x{encoding:x}")
        place = self._section.address + cursor.position
        size, signed = _DW_EH_PE_FORMATS[encoding & 0x0F]
        value = cursor.unsigned(size)
        if signed:
            value = sign_extend(value, 8 * size)
        return (value + place if encoding & _DW_EH_PE_PCREL else value) & WORD_MASK

    def _common(self, offset: int) -> _CommonEntry:
        if offset not in self._common_entries:
            self._common_entries[offset] = self._read_common(offset)
        return self._common_entries[offset]

    def _read_common(self, offset: int) -> _CommonEntry:
        cursor = Cursor(self._section.data, offset)
        end, offset_size = cursor.initial_length()
        if offset_size != 4 or cursor.unsigned(4) != (0 if self._section.is_eh_frame else _DEBUG_FRAME_CIE):
            raise DwarfError("a frame description refers to no common entry")
        cursor.end = end
        version = cursor.unsigned(1)
        augmentation = cursor.string()
        if version not in (1, 3, 4) or (augmentation and augmentation[0] != "z"):
            raise DwarfError(f"frame information has version {version}, augmentation {augmentation[:8]!a}")
        if version == 4 and cursor.unsigned(2) != 4:
            raise DwarfError("frame information is not for 32-bit addresses")
        code_alignment, data_alignment = cursor.uleb(), cursor.sleb()
        return_register = cursor.unsigned(1) if version == 1 else cursor.uleb()
        encoding = self._read_augmentation(cursor, augmentation) if augmentation else 0
        instructions = (cursor.position, end)
        return _CommonEntry(code_alignment, data_alignment, return_register, encoding, bool(augmentation), instructions)

    def _read_augmentation(self, cursor: Cursor, augmentation: str) -> int:
        """Pass over the augmentation data and return how frame descriptions encode addresses."""
        size = cursor.uleb()
        after = cursor.position + size
        encoding = 0
        for letter in augmentation[1:]:
            if letter == "R":
                encoding = cursor.unsigned(1)
            elif letter == "L":
                cursor.skip(1)
            elif letter == "P":
                self._address(cursor, cursor.unsigned(1) & 0x7F & ~_DW_EH_PE_PCREL)
            elif letter != "S":  # S: a signal frame, which changes nothing here
                break
        cursor.skip(after - cursor.position)
        return encoding

    def _run(
        self, common: _CommonEntry, position: int, end: int, location: int, address: int, rules: _Rules, initial: _Rules
    ) -> None:
        """Execute call frame instructions on ``rules`` until the row that holds at ``address``. [DWARF 5, 6.4.2]"""
        cursor = Cursor(self._section.data, position, end)
        remembered: list[_Rules] = []
        while cursor.position < end:
            self._allowance.spend(1)
            opcode = cursor.unsigned(1)
            low = opcode & 0x3F
            if opcode & 0xC0 == _ADVANCE_LOC or opcode in _ADVANCE_LOCS or opcode == _SET_LOC:
                if opcode == _SET_LOC:
                    location = self._address(cursor, common.encoding)
                else:
                    delta = cursor.unsigned(_ADVANCE_LOCS[opcode]) if opcode in _ADVANCE_LOCS else low
                    location += delta * common.code_alignment
                if location > address:
                    return
            elif opcode & 0xC0 == _OFFSET:
                _save(rules, low, cursor.uleb() * common.data_alignment)
            elif opcode & 0xC0 == _RESTORE:
                _restore(rules, initial, low)
            elif opcode == _REMEMBER_STATE:
                remembered.append(rules.copy())
            elif opcode == _RESTORE_STATE:
                if not remembered:
                    raise DwarfError("frame information restores a state it did not remember")
                state = remembered.pop()
                rules.cfa_register, rules.cfa_offset, rules.saved = state.cfa_register, state.cfa_offset, state.saved
            else:
                self._run_extended(opcode, cursor, common, rules, initial)

    def _run_extended(self, opcode: int, cursor: Cursor, common: _CommonEntry, rules: _Rules, initial: _Rules) -> None:
        """Execute an instruction whose operands all follow it."""
        align = common.data_alignment
        if opcode in (_DEF_CFA, _DEF_CFA_SF):
            rules.cfa_register = _core(cursor.uleb())
            rules.cfa_offset = cursor.uleb() if opcode == _DEF_CFA else cursor.sleb() * align
        elif opcode == _DEF_CFA_REGISTER:
            rules.cfa_register = _core(cursor.uleb())
        elif opcode == _DEF_CFA_OFFSET:
            rules.cfa_offset = cursor.uleb()
        elif opcode == _DEF_CFA_OFFSET_SF:
            rules.cfa_offset = cursor.sleb() * align
        elif opcode == _OFFSET_EXTENDED:
            _save(rules, cursor.uleb(), cursor.uleb() * align)
        elif opcode == _OFFSET_EXTENDED_SF:
            _save(rules, cursor.uleb(), cursor.sleb() * align)
        elif opcode == _GNU_NEGATIVE_OFFSET_EXTENDED:
            _save(rules, cursor.uleb(), -cursor.uleb() * align)
        elif opcode == _RESTORE_EXTENDED:
            _restore(rules, initial, cursor.uleb())
        elif opcode in (_UNDEFINED, _SAME_VALUE):
            rules.saved.pop(cursor.uleb(), None)
        elif opcode in (_REGISTER, _VAL_OFFSET, _VAL_OFFSET_SF):  # in no place that a row can name
            rules.saved.pop(cursor.uleb(), None)
            cursor.uleb()
        elif opcode == _DEF_CFA_EXPRESSION:
            cursor.skip(cursor.uleb())
            rules.cfa_register = None
        elif opcode in (_EXPRESSION, _VAL_EXPRESSION):
            rules.saved.pop(cursor.uleb(), None)
            cursor.skip(cursor.uleb())
        elif opcode == _GNU_ARGS_SIZE:
            cursor.uleb()
        elif opcode:
            raise DwarfError(f"frame information has operation 0x{opcode:x}")


def _core(register: int) -> int | None:
    return register if register < CORE_REGISTERS else None


def _save(rules: _Rules, register: int, offset: int) -> None:
    if register < CORE_REGISTERS:
        rules.saved[register] = offset


def _restore(rules: _Rules, initial: _Rules, register: int) -> None:
    if register in initial.saved:
        rules.saved[register] = initial.saved[register]
    else:
        rules.saved.pop(register, None)
