"""The addresses that an instruction accesses, computed from its operands and registers as it does. [A7.4]"""

from __future__ import annotations

import re

from emulator.armv7m.core import Registers
from emulator.bits import WORD_MASK
from emulator.disasm import Instruction
from emulator.records import dataclass

_NUMBERS = {f"r{number}": number for number in range(13)} | {"sb": 9, "sl": 10, "fp": 11, "ip": 12}
_MEMORY = re.compile(
    r"\[(\w+)(?:, (?:#(-?(?:0x)?[0-9a-f]+)|(-?)(\w+)(?:, lsl #(\d))?))?\](!?)(?:, #(-?(?:0x)?[0-9a-f]+))?"
)
_MULTIPLE = re.compile(r"(v?ldm|v?stm)(ia|db|fd|ea)?")


@dataclass(frozen=True, slots=True)
class MemoryOperand:
    """``address`` is what the instruction accesses first; ``base`` is the register, which held ``base_value``."""

    base: str
    base_value: int
    address: int


def register_value(name: str, registers: Registers) -> int | None:
    """Return a core register by the disassembler's name, None for another name."""
    if name in _NUMBERS:
        return registers.r[_NUMBERS[name]]
    return {"sp": registers.sp, "lr": registers.lr}.get(name)


def memory_operand(instruction: Instruction, registers: Registers) -> MemoryOperand | None:
    """Return the memory that ``instruction`` accesses with ``registers``; None where it is not known to access any."""
    mnemonic, operands = instruction.mnemonic.partition(".")[0], instruction.operands
    multiple = _MULTIPLE.match(mnemonic)
    if multiple and "{" in operands:
        base = operands.partition(",")[0].rstrip("!")
        value = register_value(base, registers)
        if value is None:
            return None
        below = 4 * _listed(operands) if multiple[2] in ("db", "fd") else 0
        return MemoryOperand(base, value, value - below & WORD_MASK)
    found = _MEMORY.search(operands)
    if found is None:
        return None
    base, offset, sign, index, shift = found[1], found[2], found[3], found[4], found[5]
    value = (instruction.address + 4) & ~3 if base == "pc" else register_value(base, registers)
    if value is None:
        return None
    added = int(offset, 0) if offset else 0
    if index:
        other = register_value(index, registers)
        if other is None:
            return None
        added = (other << int(shift or "0")) * (-1 if sign else 1)
    return MemoryOperand(base, value, value + added & WORD_MASK)


def alignment_of(mnemonic: str) -> int:
    """Return what the address of an unaligned access had to be a multiple of, in bytes. [A3.2.1]

    Words where it must be aligned always; else, under CCR.UNALIGN_TRP, the size of the access.
    """
    base = mnemonic.partition(".")[0]
    return 2 if re.match(r"(ldrs?h|strh|ldrexh|strexh|ldah|stlh)", base) else 4


def _listed(operands: str) -> int:
    """Return the number of registers, in words, of ``{r4, r5-r7}``."""
    count = 0
    for name in operands[operands.index("{") + 1 : operands.index("}")].split(", "):
        first, _, last = name.partition("-")
        digits = re.sub(r"\D", "", first), re.sub(r"\D", "", last)
        words = int(digits[1]) - int(digits[0]) + 1 if last else 1
        count += words * (2 if first.startswith("d") else 1)
    return count
