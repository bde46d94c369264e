"""A load from beside the table that it was meant for: the index leads past its end, or in front of it.

The table is the object of the program's whose first byte the address was made of. Compilers make addresses of other
objects, too, of one that is near; then what was added is a constant, and the address is in an object.
"""

from __future__ import annotations

from emulator.annotations import NamedTuple
from emulator.bits import WORD_MASK
from emulator.diagnosis.counting import counting_of
from emulator.diagnosis.definitions import Definition, Unknown, find_definition
from emulator.diagnosis.members import far_words, led_astray
from emulator.diagnosis.replay import SP, Replay, State, TooFar
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
    offset = memory.offset + load.source.place
    offset = 0 if memory.after else offset
    try:
        register, position, added = _without_constant(replay, memory.base, state.position)
        made = find_pointer(replay, register, position)
    except (Unknown, TooFar):
        return None
    if made.source.kind != SUM or len(made.source.registers) != 2:
        return None
    offset += added
    return _beside(replay, made.state, made.source.registers, address, offset, load.source.size)


def _without_constant(replay: Replay, register: int, position: Position) -> tuple[int, Position, int]:
    """Return where a pointer was before the place of a member was added to it, and that place; 0 where none was.

    Raises Unknown and TooFar.
    """
    found = find_definition(replay, register, position)
    is_member = found.source.kind == SUM and len(found.source.registers) == 1 and found.source.registers[0] < SP
    if not is_member or counting_of(replay, register, found) is not None:
        return register, position, 0
    source = found.source.registers[0]
    replay.traveller.goto(found.state.position)
    replay.traveller.step()
    added = replay.here().registers[register] - found.state.registers[source]
    return (source, found.state.position, added) if added > 0 else (register, position, 0)


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
    for base, index in (summands, summands[::-1]):
        found = _of_object(replay, state, (base, index), address, offset, size)
        if found is not None:
            return found
        begin = state.registers[base] + offset & WORD_MASK
        astray = led_astray(replay, state, begin, index, address)
        if astray is not None:
            words, array = far_words(astray.array, address), astray.array
            number = (address - array.start) // array.element
            return Beside("index", number, astray.register, astray.position, words)
    return None


def _of_object(
    replay: Replay, state: State, summands: tuple[int, ...], address: int, offset: int, size: int
) -> Beside | None:
    """The same for the object at whose first byte the register ``summands[0]`` points."""
    symbols, (base, index) = replay.machine.image.symbols, summands
    table = symbols.find_object(state.registers[base])
    if table is None or not table.size or state.registers[base] != table.address:
        return None
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


def _is_constant(replay: Replay, register: int, state: State) -> bool:
    try:
        return find_definition(replay, register, state.position).source.kind == CONSTANT
    except (Unknown, TooFar):
        return False
