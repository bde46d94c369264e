"""A quotient of a division by 0, which is 0 where that is no fault, and the remainder that is made of it. [A7.7.94]"""

from __future__ import annotations

from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.replay import Replay, TooFar
from emulator.operands import registers_in, split_mnemonic

_DIVIDES = ("udiv", "sdiv")


def zero_divisor(replay: Replay, found: Definition) -> tuple[int, Definition] | None:
    """Return the register that was 0, and the division by it: ``found``, or what that made a remainder of."""
    name, registers = split_mnemonic(found.instruction.mnemonic)[0], registers_in(found.instruction.operands)
    if name in _DIVIDES:
        return (registers[-1], found) if not found.state.registers[registers[-1]] else None
    if name != "mls" or len(registers) != 4:
        return None
    for register in registers[1:3]:
        try:
            made = find_definition(replay, register, found.state.position)
        except (Unknown, TooFar):
            continue
        if split_mnemonic(made.instruction.mnemonic)[0] in _DIVIDES:
            return zero_divisor(replay, made)
    return None
