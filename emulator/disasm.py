"""Shows machine code as assembly: Thumb-2 of the M profile, one instruction or a range.

With capstone_library.py the only user of Capstone. Where an instruction ends is decided by the architecture's rule (a
first halfword of 0b11101, 0b11110 or 0b11111 makes 32 bits [A5.1]), not by the disassembler, so bytes that are no
instruction keep their length and a range stays in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from emulator.annotations import TYPE_CHECKING
from emulator.records import dataclass

if TYPE_CHECKING:
    from emulator.capstone_library import Disassembler

NOT_AN_INSTRUCTION = ".short"
"""The mnemonic for halfwords that decode to nothing; reassembling the text gives the same bytes."""

_FIRST_WIDE_PREFIX = 0xE800
_IT = 0xBF00


@dataclass(frozen=True, slots=True)
class Instruction:
    """One decoded instruction of ``size`` bytes: 2, 4, or what is left of the code at its end."""

    address: int
    size: int
    mnemonic: str
    operands: str
    bytes: bytes

    @property
    def text(self) -> str:
        """Mnemonic and operands as one line."""
        return f"{self.mnemonic} {self.operands}" if self.operands else self.mnemonic


def disassemble(code: bytes, address: int, itstate: int = 0) -> Instruction:
    """Return the instruction at the start of ``code``, which is at ``address``; later bytes are not looked at.

    ``itstate`` is the xPSR's IT field (IT[7:0]) before the instruction; it decides the condition that is shown. Never
    raises: what is no instruction comes back as ``.short 0x1234`` (``.byte`` for an odd byte at the end of the code),
    and no code at all as a size of 0.
    """
    size = _instruction_size(code)
    raw = bytes(code[:size])
    if size < 2:
        return Instruction(address, size, ".byte" if size else "", f"0x{raw[0]:02x}" if size else "", raw)
    prefix = (_IT | itstate).to_bytes(2, "little") if itstate & 0xF else b""
    decoded = _disassembler().decode(prefix + raw, address - len(prefix))
    if decoded and decoded[-1][:2] == (address, size) and len(decoded) == (2 if prefix else 1):
        return Instruction(address, size, decoded[-1][2], decoded[-1][3], raw)
    halfwords = [int.from_bytes(raw[at : at + 2], "little") for at in range(0, size, 2)]
    return Instruction(address, size, NOT_AN_INSTRUCTION, ", ".join(f"0x{word:04x}" for word in halfwords), raw)


def disassemble_range(code: bytes, address: int, itstate: int = 0) -> list[Instruction]:
    """Return the instructions of all of ``code`` in order, each with the condition its IT block gives it."""
    return list(each_instruction(code, address, itstate))


def each_instruction(code: bytes, address: int, itstate: int = 0) -> Iterator[Instruction]:
    """Yield what ``disassemble_range`` returns, one by one, so that nobody pays for what is not looked at."""
    position = 0
    while position < len(code):
        instruction = disassemble(code[position : position + 4], address + position, itstate)
        yield instruction
        position += instruction.size
        first = int.from_bytes(instruction.bytes[:2], "little")
        if instruction.size == 2 and first & 0xFF00 == _IT and first & 0xF and not itstate & 0xF:
            itstate = first & 0xFF
        else:
            itstate = itstate & 0xE0 | itstate << 1 & 0x1F if itstate & 7 else 0  # ITAdvance() [A7.3.3]


def _instruction_size(code: bytes) -> int:
    if len(code) < 4:
        return min(len(code), 2)
    return 4 if int.from_bytes(code[:2], "little") >= _FIRST_WIDE_PREFIX else 2


@cache
def _disassembler() -> Disassembler:
    from emulator.capstone_library import Disassembler

    return Disassembler()
