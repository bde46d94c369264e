"""How entries are encoded: abbreviations and attribute forms. [DWARF 5, 7.5.3 to 7.5.6]"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from emulator.dwarf.cursor import Allowance, Cursor, DwarfError

ADDRESS_SIZE = 4
MOST_ATTRIBUTES = 1000
"""Attributes of one abbreviation; compilers use a few dozen."""

FORM_ADDR = 0x01
FORM_STRING = 0x08
FORM_SDATA = 0x0D
FORM_STRP = 0x0E
FORM_REF_ADDR = 0x10
FORM_INDIRECT = 0x16
FORM_SEC_OFFSET = 0x17
FORM_LINE_STRP = 0x1F
FORM_IMPLICIT_CONST = 0x21
FORM_RNGLISTX = 0x23
_FIXED = {
    0x01: ADDRESS_SIZE,  # addr
    0x05: 2,  # data2
    0x06: 4,  # data4
    0x07: 8,  # data8
    0x0B: 1,  # data1
    0x0C: 1,  # flag
    0x11: 1,  # ref1
    0x12: 2,  # ref2
    0x13: 4,  # ref4
    0x14: 8,  # ref8
    0x19: 0,  # flag_present
    0x1C: 4,  # ref_sup4
    0x1E: 16,  # data16
    0x20: 8,  # ref_sig8
    0x21: 0,  # implicit_const, whose value is in the abbreviation
    0x24: 8,  # ref_sup8
    0x25: 1,  # strx1
    0x26: 2,  # strx2
    0x27: 3,  # strx3
    0x28: 4,  # strx4
    0x29: 1,  # addrx1
    0x2A: 2,  # addrx2
    0x2B: 3,  # addrx3
    0x2C: 4,  # addrx4
}
_OFFSETS = frozenset({FORM_STRP, FORM_SEC_OFFSET, 0x1D, FORM_LINE_STRP, 0x1F20, 0x1F21})  # 0x1d: strp_sup
_ULEBS = frozenset({0x0F, 0x15, 0x1A, 0x1B, 0x22, FORM_RNGLISTX, 0x1F01, 0x1F02})  # udata, ref_udata, ...x forms
_BLOCKS = {0x0A: 1, 0x03: 2, 0x04: 4}  # block1, block2, block4: size of the length
_ULEB_BLOCKS = frozenset({0x09, 0x18})  # block, exprloc
UNIT_REFERENCES = frozenset({0x11, 0x12, 0x13, 0x14, 0x15})
STRX = frozenset({0x1A, 0x25, 0x26, 0x27, 0x28})
ADDRX = frozenset({0x1B, 0x29, 0x2A, 0x2B, 0x2C})


class Value(NamedTuple):
    """One attribute as stored: what ``raw`` means depends on ``form``."""

    form: int
    raw: int | str


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """The shape of entries: their tag and which attributes they have, in which forms."""

    tag: int
    has_children: bool
    attributes: tuple[tuple[int, int, int], ...]
    """(attribute, form, value of an implicit_const)."""
    size: int | None
    """Bytes of all attributes together, None when that differs between entries."""


class AbbreviationTable:
    """Abbreviations by code, read as far as they are asked for: finding a unit takes only its first one."""

    def __init__(self, section: bytes, offset: int, version: int, offset_size: int, allowance: Allowance) -> None:
        self._cursor = Cursor(section, offset)
        self._sizes = _FIXED | dict.fromkeys(_OFFSETS, offset_size)
        self._sizes[FORM_REF_ADDR] = ADDRESS_SIZE if version == 2 else offset_size
        self._allowance = allowance
        self._read: dict[int, Abbreviation] = {}

    def get(self, code: int) -> Abbreviation:
        """Return the abbreviation ``code``; raises DwarfError when there is none."""
        while code not in self._read:
            start = self._cursor.position
            following = self._cursor.uleb()
            if following == 0:
                self._cursor.position = start
                raise DwarfError(f"an entry uses abbreviation {code}, which is not defined")
            try:
                self._read.setdefault(following, self._next())
            except DwarfError:
                self._cursor.position = self._cursor.end  # what follows the damage cannot be told apart
                raise
        return self._read[code]

    def _next(self) -> Abbreviation:
        cursor = self._cursor
        tag, has_children = cursor.uleb(), bool(cursor.unsigned(1))
        attributes = []
        while True:
            attribute, form = cursor.uleb(), cursor.uleb()
            constant = cursor.sleb() if form == FORM_IMPLICIT_CONST else 0
            if not attribute and not form:
                break
            attributes.append((attribute, form, constant))
        if len(attributes) > MOST_ATTRIBUTES:
            raise DwarfError("an abbreviation has too many attributes")
        self._allowance.spend(1 + len(attributes))
        parts = [self._sizes.get(form) for _, form, _ in attributes]
        size = None if None in parts else sum(part for part in parts if part)
        return Abbreviation(tag, has_children, tuple(attributes), size)


def read_form(cursor: Cursor, form: int, constant: int, version: int, offset_size: int) -> Value:
    """Return the value at ``cursor`` in ``form``, ``constant`` for an implicit one; blocks are passed over, as 0."""
    while form == FORM_INDIRECT:
        form = cursor.uleb()
    if form == FORM_IMPLICIT_CONST:
        return Value(form, constant)
    if form in _FIXED:
        return Value(form, cursor.unsigned(_FIXED[form]))
    if form in _OFFSETS:
        return Value(form, cursor.unsigned(offset_size))
    if form in _ULEBS:
        return Value(form, cursor.uleb())
    if form == FORM_STRING:
        return Value(form, cursor.string())
    if form == FORM_SDATA:
        return Value(form, cursor.sleb())
    if form == FORM_REF_ADDR:
        return Value(form, cursor.unsigned(ADDRESS_SIZE if version == 2 else offset_size))
    if form in _BLOCKS:
        cursor.skip(cursor.unsigned(_BLOCKS[form]))
    elif form in _ULEB_BLOCKS:
        cursor.skip(cursor.uleb())
    else:
        raise DwarfError(f"an entry uses form 0x{form:x}")
    return Value(form, 0)
