"""A load from beside the table that it was meant for: the index leads past its end, or in front of it.

The table is the object of the program's whose first byte the address was made of. Compilers make addresses of other
objects, too, of one that is near; then what was added is a constant, and the address is in an object.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.replay import Replay, State, TooFar
from emulator.diagnosis.slots import find_pointer
from emulator.operands import CONSTANT, SUM
from emulator.timetravel.checkpoint import Position

FARTHEST = 1 << 20
"""Bytes from a table that an index leads to."""


class Beside(NamedTuple):
    """An index of ``number``, in ``register`` at ``position``, led ``words``: ``12 bytes past the end of table``.

    ``noun``: an ``offset`` is in bytes, of elements that have more than one.
    """

    noun: str
    number: int
    register: int
    position: Position
    words: str


def beside_table(replay: Replay, load: Definition) -> Beside | None:
    """Return how the address of ``load`` came to be beside a table; None: it is in it, or there is none."""
    memory, state = load.source.memory, load.state
    if memory is None or memory.base > 12:
        return None
    address = memory.address(state.registers, state.pc) + load.source.place & WORD_MASK
    if memory.index_register >= 0:
        return _beside(replay, state, (memory.base, memory.index_register), address, 0, load.source.size)
    try:
        made = find_pointer(replay, memory.base, state.position)
    except (Unknown, TooFar):
        return None
    if made.source.kind != SUM or len(made.source.registers) != 2:
        return None
    offset = memory.offset + load.source.place
    offset = 0 if memory.after else offset
    return _beside(replay, made.state, made.source.registers, address, offset, load.source.size)


def index_of(replay: Replay, load: Definition) -> Beside | None:
    """Return which index led ``load`` into the table that it loads from; None: it is none that is computed."""
    memory, state = load.source.memory, load.state
    if memory is None or memory.base > 12:
        return None
    address = memory.address(state.registers, state.pc) + load.source.place & WORD_MASK
    summands = (memory.base, memory.index_register)
    if memory.index_register < 0:
        try:
            made = find_pointer(replay, memory.base, state.position)
        except (Unknown, TooFar):
            return None
        if made.source.kind != SUM or len(made.source.registers) != 2:
            return None
        state, summands = made.state, (made.source.registers[0], made.source.registers[1])
    table = replay.machine.image.symbols.find_object(address)
    for base, index in (summands, summands[::-1]):
        if table is None or state.registers[base] != table.address or _is_constant(replay, index, state):
            continue
        value = state.registers[index]
        in_bytes = state.registers[base] + value == address & ~3 and load.source.size > 1 and value
        return Beside("offset" if in_bytes else "index", value - (value >> 31 << 32), index, state.position, "")
    return None


def _beside(
    replay: Replay, state: State, summands: tuple[int, ...], address: int, offset: int, size: int
) -> Beside | None:
    """``offset`` is the constant that the load adds: a member's, or that of the table from an object near it.

    ``size`` is how many bytes it loads.
    """
    symbols = replay.machine.image.symbols
    for base, index in (summands, summands[::-1]):
        table = symbols.find_object(state.registers[base])
        if table is None or not table.size or state.registers[base] != table.address:
            continue
        if not 0 <= offset < table.size:
            table = symbols.find_object(state.registers[base] + offset & WORD_MASK)
            if table is None:
                return None
        past = address - table.address - table.size
        before = table.address - address
        if 0 <= past < FARTHEST:
            words = f"{past:,} bytes past the end of {table.name}" if past else f"right past the end of {table.name}"
        elif 0 < before < FARTHEST:
            words = f"{before:,} bytes in front of {table.name}"
        else:
            return None
        if symbols.find_object(address) is not None and _is_constant(replay, index, state):
            return None
        value = state.registers[index]
        in_bytes = state.registers[base] + offset + value - address & WORD_MASK == 0 and size > 1
        return Beside("offset" if in_bytes else "index", value - (value >> 31 << 32), index, state.position, words)
    return None


def _is_constant(replay: Replay, register: int, state: State) -> bool:
    try:
        return find_definition(replay, register, state.position).source.kind == CONSTANT
    except (Unknown, TooFar):
        return False
