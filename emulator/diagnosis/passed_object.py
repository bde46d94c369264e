"""A word that was read through a pointer to an object which is smaller than that: the pointer is to another one.

A callback with the wrong context reads what is behind the object that it was given. Where the address is a constant of
the function that reads, it may be of anything near it (compilers reach several objects from one), and nothing is said.
"""

from __future__ import annotations

from emulator.diagnosis.definitions import Definition, Unknown
from emulator.diagnosis.replay import Replay, TooFar
from emulator.diagnosis.slots import find_pointer
from emulator.diagnosis.tables import FARTHEST, Beside
from emulator.operands import CONSTANT, LOAD, PC, SUM

POINTER = "pointer"


def past_passed_object(replay: Replay, load: Definition) -> Beside | None:
    """Return the register of ``load`` that has the address of an object which ends in front of what is loaded."""
    memory, state = load.source.memory, load.state
    if memory is None or memory.base > 12 or memory.index_register >= 0:
        return None
    base, symbols = state.registers[memory.base], replay.machine.image.symbols
    table = symbols.find_object(base)
    if table is None or not table.size or not table.is_data or base != table.address:
        return None
    past = memory.address(state.registers, state.pc) + load.source.place - table.address - table.size
    if not 0 <= past < FARTHEST:
        return None
    try:
        made = find_pointer(replay, memory.base, state.position)
    except (Unknown, TooFar):
        return None
    source = made.source
    is_constant = source.kind in (CONSTANT, SUM) or (source.memory is not None and source.memory.base == PC)
    is_own = symbols.find_code(made.state.pc & ~1) == symbols.find_code(state.pc & ~1)
    if (is_constant and is_own) or (source.kind not in (CONSTANT, LOAD) and not is_constant):
        return None
    far = f"{past:,} bytes past" if past else "right past"
    words = f"{far} the end of {table.name}, which has {table.size:,} bytes"
    return Beside(POINTER, base, memory.base, state.position, words)
