"""Whether a refused address was computed from the accessor's own stack, or the stack pointer is in another one.

The first is an overrun, which no share can mend.

An array that is a local is reached through SP or a pointer into the stack, so the instruction, or the few before it
that made its base register, tell where the pointer came from. Only what is certain counts: a register whose value was
loaded from memory, or that comes from before a branch or a branch's target, is of unknown origin. No state.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from emulator.annotations import TYPE_CHECKING
from emulator.armv7m.core import Registers
from emulator.bits import WORD_MASK
from emulator.disasm import Instruction, disassemble_range
from emulator.errors import GuestAccessError

if TYPE_CHECKING:
    from emulator.image.image import Image

SP, LR = 13, 14
FOLLOWED_FRAMES = 256
"""Calls that are followed outwards."""
OUTERMOST = 64
"""Bytes at the top of a stack that the outermost function's frame, and what a thread begins with, have at most."""

ADJACENT = 16
"""Bytes behind a stack's end where a pointer that ran off it is refused first: one access wide."""
FUNCTION_LIMIT = 8192
"""Bytes of a function that is decoded; of a longer one only the instruction itself is looked at."""

_REGISTER = re.compile(r"\b(r\d+|sp|lr)\b")
_MEMORY = re.compile(r"\[([^\]]*)\]")
_BASE_FIRST = re.compile(r"^(ldm|stm)")
_MOVES = re.compile(r"^(add|sub|mov)")
_BRANCHES = re.compile(r"^(b|bl|blx|bx|cbn?z|svc|b(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le))(\.[nw])?$")
_TABLE_BRANCHES = ("tbb", "tbh")
_TARGET = re.compile(r"#(0x[0-9a-f]+)$")
_PC = re.compile(r"\bpc\b")
_NO_RESULT = re.compile(r"^(str|stm|push|cmp|cmn|tst|teq|nop|it|v|cps|dmb|dsb|isb|msr)")


def comes_from(code: bytes, start: int, pc: int, registers: Registers, own: tuple[int, int]) -> bool:
    """Whether the instruction at ``pc`` reaches memory through a pointer into ``own``, [low, high).

    ``code`` is the function that begins at ``start``, or that instruction alone; ``registers`` are those before it.
    """
    instructions = disassemble_range(code, start)
    place = next((index for index, found in enumerate(instructions) if found.address == pc), None)
    if place is None:
        return False
    wanted = _address_registers(instructions[place])
    if _any_in(wanted, registers, own):
        return True
    targets = _branch_targets(instructions)
    written: set[str] = set()
    while place and wanted and targets is not None and instructions[place].address not in targets:
        place -= 1
        instruction = instructions[place]
        if _BRANCHES.match(instruction.mnemonic) or _PC.search(instruction.operands):
            return False
        results = _results(instruction)
        if results & wanted:
            wanted = (wanted - results) | _sources(instruction)
        written |= results
        if _any_in(wanted - written, registers, own):
            return True
    return False


def calls_begin_in(image: Image, peek: Callable[[int, int], bytes], registers: Registers, stack: range) -> bool:
    """Whether the calls from ``registers`` outwards end in ``stack``: a thread that overflowed comes from its own.

    False where call frame information does not lead that far.
    """
    values = [*registers.r, registers.sp, registers.lr]
    at = registers.pc
    for step in range(FOLLOWED_FRAMES):
        row = image.unwind(at)
        if row is None or row.cfa_register > SP:
            break
        frame = values[row.cfa_register] + row.cfa_offset & WORD_MASK
        for register, offset in row.saved.items():
            try:
                values[register] = int.from_bytes(peek(frame + offset & WORD_MASK, 4), "little")
            except (GuestAccessError, IndexError):
                return False
        if step and row.return_register not in row.saved:
            values[SP] = frame
            break
        if frame - 1 not in stack:
            return False
        values[SP], at = frame, (values[LR] & ~1) - 2
    return stack.stop - OUTERMOST <= values[SP] <= stack.stop


def _branch_targets(instructions: list[Instruction]) -> set[int] | None:
    """Return where other paths come in; None when that is not known."""
    if any(instruction.mnemonic.startswith(_TABLE_BRANCHES) for instruction in instructions):
        return None
    branches = [found for found in instructions if _BRANCHES.match(found.mnemonic)]
    targets = [_TARGET.search(branch.operands) for branch in branches]
    return {int(target.group(1), 16) for target in targets if target}


def _any_in(names: set[str], registers: Registers, own: tuple[int, int]) -> bool:
    return any(own[0] <= _value(name, registers) < own[1] for name in names)


def _value(name: str, registers: Registers) -> int:
    if name == "sp":
        return registers.sp
    return registers.lr if name == "lr" else registers.r[int(name[1:])]


def _address_registers(instruction: Instruction) -> set[str]:
    """Return the registers that the address is made of."""
    if _BASE_FIRST.match(instruction.mnemonic):
        return set(_REGISTER.findall(instruction.operands)[:1])
    memory = _MEMORY.search(instruction.operands)
    return set(_REGISTER.findall(memory.group(1))) if memory else set()


def _results(instruction: Instruction) -> set[str]:
    """Return the registers that the instruction gives new values to, as far as they can be addresses."""
    mnemonic, operands = instruction.mnemonic, instruction.operands
    written: set[str] = set()
    if "]!" in operands or "]," in operands:  # written back
        written |= set(_REGISTER.findall(_MEMORY.search(operands).group(1))[:1])  # type: ignore[union-attr]
    if mnemonic.startswith(("ldm", "pop", "ldrd", "umull", "smull", "umlal", "smlal")):
        return written | set(_REGISTER.findall(operands.split("[")[0]))
    if _BASE_FIRST.match(mnemonic):
        return written | set(_REGISTER.findall(operands)[:1])
    return written if _NO_RESULT.match(mnemonic) else written | set(_REGISTER.findall(operands)[:1])


def _sources(instruction: Instruction) -> set[str]:
    """Return the registers that an addition, a subtraction or a move makes its result from; others hide them."""
    if not _MOVES.match(instruction.mnemonic) or "[" in instruction.operands:
        return set()
    names = _REGISTER.findall(instruction.operands)
    two_operands = instruction.operands.count(",") == 1
    adds_to_itself = two_operands and not instruction.mnemonic.startswith("mov")
    return set(names if adds_to_itself else names[1:])
