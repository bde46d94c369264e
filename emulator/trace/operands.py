"""The addresses that an instruction accesses, computed from its operands and registers as it does. [A7.4]"""

from __future__ import annotations

import re

from emulator.armv7m.core import Registers
from emulator.disasm import Instruction
from emulator.operands import PC, REGISTERS, effect_of
from emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class MemoryOperand:
    """``address`` is what the instruction accesses first; ``base`` is the register, which held ``base_value``."""

    base: str
    base_value: int
    address: int


def register_value(name: str, registers: Registers) -> int | None:
    """Return a core register by the disassembler's name, None for another name, and for PC."""
    number = REGISTERS.get(name, PC)
    return None if number == PC else _values(registers)[number]


def memory_operand(instruction: Instruction, registers: Registers) -> MemoryOperand | None:
    """Return the memory that ``instruction`` accesses with ``registers``; None where it is not known to access any."""
    memory = effect_of(instruction).memory
    if memory is None:
        return None
    values, base = _values(registers), next(name for name, number in REGISTERS.items() if number == memory.base)
    start = memory._replace(after=True).address(values, instruction.address)
    return MemoryOperand(base, start, memory.address(values, instruction.address))


def _values(registers: Registers) -> list[int]:
    return [*registers.r, registers.sp, registers.lr]


def alignment_of(mnemonic: str) -> int:
    """Return what the address of an unaligned access had to be a multiple of, in bytes. [A3.2.1]

    Words where it must be aligned always; else, under CCR.UNALIGN_TRP, the size of the access.
    """
    base = mnemonic.partition(".")[0]
    return 2 if re.match(r"(ldrs?h|strh|ldrexh|strexh|ldah|stlh)", base) else 4
