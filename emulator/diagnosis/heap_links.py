"""A pointer that came by the allocator's lists of free memory: which word of the program's own led there."""

from __future__ import annotations

from emulator.bits import WORD_MASK
from emulator.diagnosis.definitions import Definition, Unknown
from emulator.diagnosis.nobodys import is_of_heap
from emulator.diagnosis.places import where_is
from emulator.diagnosis.replay import Replay, TooFar
from emulator.diagnosis.slots import find_pointer
from emulator.operands import LOAD, PC

MOST_LINKS = 64


def address_of(load: Definition) -> int:
    """Return where ``load`` loads from."""
    assert load.source.memory is not None
    return load.source.memory.address(load.state.registers, load.state.pc) + load.source.place & WORD_MASK


def outside_of_heap(replay: Replay, load: Definition) -> Definition | None:
    """Return the load before ``load`` by which the program came to the allocator's own words; None: it reads none."""
    image, found = replay.machine.image, load
    for _ in range(MOST_LINKS):
        if not is_of_heap(image, address_of(found)):
            return found if found is not load else None
        replay.traveller.goto(found.state.position)
        memory = found.source.memory
        if where_is(replay).allocator or memory is None:
            return None
        try:
            made = find_pointer(replay, memory.base, found.state.position)
        except (Unknown, TooFar):
            return None
        if made.source.kind != LOAD or made.source.memory is None or made.source.memory.base == PC:
            return None
        found = made
    return None
