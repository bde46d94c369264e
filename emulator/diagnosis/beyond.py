"""A store behind the end of a block of the heap, or of an object: which one, who got it, and of how many bytes.

A block is known by the address that the allocator gave. The store's address was made of that, and of an index or an
offset that leads past what was asked for, or a loop has counted it up from there. Of an object a loop is told, which
was at it the first time round, an index, and a function of the library: an address that is made of another object's is
no mistake. Within an object the debug information says where its arrays end (members.py). State: none.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.bits import WORD_MASK
from emulator.debuginfo.source import Part
from emulator.diagnosis.counting import Counting, counting_of
from emulator.diagnosis.definitions import Definition, Unknown, effect_at, find_definition
from emulator.diagnosis.given_array import tell_given_array
from emulator.diagnosis.heap import HeapCall
from emulator.diagnosis.members import far_words, hit_words, holds, parts_at
from emulator.diagnosis.places import named_memory, where_is
from emulator.diagnosis.replay import SP, Replay, Store, TooFar
from emulator.diagnosis.slots import find_pointer, stored_by
from emulator.diagnosis.tables import beside_table
from emulator.operands import LOAD, SUM, Source, Stored
from emulator.timetravel.checkpoint import Position
from emulator.trace.why import WhyStep

FARTHEST = 1 << 16
"""Bytes behind the end of a block that a store is taken to be of it."""
LEAST_WALK, MOST_WALK = 2, 64
"""How often a pointer that is kept in the frame has been moved, for that to be told."""
LOOKED_ON = 4_000
"""Instructions behind a store in which its loop may come to an end."""


def tell_beyond(replay: Replay, steps: list[WhyStep], stores: Sequence[Store], calls: Sequence[HeapCall]) -> None:
    """Add to ``steps`` which block's end one of ``stores`` was behind; ``calls`` are all of the heap."""
    for store in stores:
        found = _block(replay, store, calls)
        if found is None:
            continue
        past = store.address - found.pointer - found.size
        replay.traveller.goto(found.position)
        where, now = where_is(replay), replay.machine.clock.now
        far = f"{past:,} bytes past" if past else "right past"
        block = f"the {found.size:,} bytes at 0x{found.pointer:08x}"
        got = f"which {where.owner} got from {found.name} at {now:,}"
        text = f"0x{store.address:08x} is {far} the end of {block}, {got}"
        steps.append(WhyStep("memory", text, now, place=where.place, thread=where.thread, address=found.pointer))
        return


def tell_beside(replay: Replay, steps: list[WhyStep], stores: Sequence[Store]) -> None:
    """Add to ``steps`` which object's end one of ``stores``, of which they tell, was behind."""
    for store in stores:
        stored = stored_by(replay, store)
        if stored is None:
            continue
        if tell_given_array(replay, steps, store):
            return
        counted = _counted(replay, store, stored)
        if counted is not None and _tell_walk(replay, steps, store, stored, counted):
            return
        if counted is None and (_tell_index(replay, steps, store, stored) or _tell_kept(replay, steps, store, stored)):
            return


def _tell_index(replay: Replay, steps: list[WhyStep], store: Store, stored: Stored) -> bool:
    """Say that an index led from the first byte of an object past its end, or in front of it; whether that is so."""
    replay.traveller.goto(store.state.position)
    listed = replay.instructions(store.state, 1)
    if not listed:
        return False
    source = Source(LOAD, (), stored.memory, stored.place, stored.size)
    beside = beside_table(replay, Definition(store.state, listed[0], source))
    if beside is None:
        return False
    hit = hit_words(replay, store.address, store.state.pc)
    text = f"{hit} is {beside.words}: the {beside.noun} was {beside.number:,}"
    steps.append(WhyStep("memory", text, store.time, store.state.pc, address=store.address))
    return True


def _tell_kept(replay: Replay, steps: list[WhyStep], store: Store, stored: Stored) -> bool:
    """Say the same of a pointer that walks and is kept in the frame, as without optimization; whether that is so."""
    begin, count = _begin_of_walk(replay, store, stored)
    if count < LEAST_WALK:
        return False
    replay.traveller.goto(store.state.position)
    parts = parts_at(replay, begin, store.state.pc)
    arrays = [one for one in parts if one.element and one.size > one.element]
    step = (store.address - begin) // count
    is_even = step > 0 and (store.address - begin) % count == 0 and bool(arrays)
    if not is_even or any(holds(one, store.address) and step % one.element == 0 for one in arrays):
        return False
    if any(not one.element and one.start == begin and holds(one, store.address) for one in parts):
        return False  # it may have been meant for the structure
    far = far_words(arrays[-1], store.address)
    if not far:
        return False
    where, now = where_is(replay), replay.machine.clock.now
    hit, name = hit_words(replay, store.address, store.state.pc), named_memory(replay, begin, store.state.pc)
    text = f"the pointer of {where.words} had begun with {name}, and was moved {count:,} times: {hit} is {far}"
    steps.append(WhyStep("memory", text, now, store.state.pc, where.place, where.caller, where.thread, address=begin))
    return True


def _begin_of_walk(replay: Replay, store: Store, stored: Stored) -> tuple[int, int]:
    """Return what the pointer of ``store`` was before constants were added to it, again and again, and how often."""
    register, position = stored.memory.base, store.state.position
    begin, count, adds = store.address, -1, -1
    while register < SP and count < MOST_WALK:
        try:
            found = find_pointer(replay, register, position)
        except (Unknown, TooFar):
            return begin, 0
        count += 1
        is_step = found.source.kind == SUM and len(found.source.registers) == 1 and found.source.registers[0] < SP
        if not is_step or adds not in (-1, found.instruction.address):
            break
        adds = found.instruction.address
        register, position = found.source.registers[0], found.state.position
        begin = found.state.registers[register]
    return begin, count if count < MOST_WALK else 0


def _counted(replay: Replay, store: Store, stored: Stored) -> tuple[int, Counting] | None:
    """Return the register of the address of ``store`` that a loop has counted, and how; None: there is none."""
    for register in (stored.memory.base, stored.memory.index_register):
        try:
            found = find_definition(replay, register, store.state.position) if 0 <= register < 13 else None
        except (Unknown, TooFar):
            continue
        counting = None if found is None else counting_of(replay, register, found)
        if counting is not None and store.state.pc & ~1 in counting.loop.inside:
            return register, counting
    return None


def _tell_walk(
    replay: Replay, steps: list[WhyStep], store: Store, stored: Stored, counted: tuple[int, Counting]
) -> bool:  # fmt: skip
    """Say that the loop which ``store`` is in had begun in an object that it is past the end of; whether that is so."""
    register, counting = counted
    registers = list(store.state.registers)
    registers[register] = counting.first
    first = stored.memory.address(registers, store.state.pc) + stored.place & WORD_MASK
    array = _array_of_walk(replay, store, first, counting)
    if array is None:
        return False
    replay.traveller.goto(store.state.position)
    where, now = where_is(replay), replay.machine.clock.now
    name = named_memory(replay, first, store.state.pc)
    hit = hit_words(replay, store.address, store.state.pc)
    text = f"the loop at {where.words} had begun with {name}: {hit} is {far_words(array, store.address)}"
    steps.append(WhyStep("memory", text, now, store.state.pc, where.place, where.caller, where.thread, address=first))
    return True


def _array_of_walk(replay: Replay, store: Store, first: int, counting: Counting) -> Part | None:
    """Return the object, or the array in it, that the loop of ``counting`` has left.

    ``first`` is where it stored the first time round. None: it is still in it, or may have been meant for more.
    """
    symbols = replay.machine.image.symbols
    table = symbols.find_object(first)
    if any(one.address == first and one.is_data and not one.size for one in symbols.symbols):
        return None  # a linker script's name of where a section begins: start-up code goes over all of it
    if table is not None and table.size and store.address >= table.address + table.size:
        whole = Part(table.name, table.address, table.size, 1)
        return whole if far_words(whole, store.address) else None
    replay.traveller.goto(store.state.position)
    parts = parts_at(replay, first, store.state.pc)
    arrays = [one for one in parts if one.element and one.size > one.element]
    if not counting.times or not arrays or holds(arrays[-1], store.address) or store.address < first:
        return None
    step = abs(counting.value - counting.first) // counting.times
    if any(holds(one, store.address) and step % one.element == 0 for one in arrays):
        return None  # it goes over the rows, or over the structures, of a larger one
    begins = [one for one in parts if not one.element and one.start == first and holds(one, store.address)]
    if begins and _comes_to_end(replay, store, counting, begins):
        return None
    return arrays[-1] if far_words(arrays[-1], store.address) else None


def _comes_to_end(replay: Replay, store: Store, counting: Counting, parts: list[Part]) -> bool:
    """Whether the loop goes on to exactly the end of one of ``parts``: then it was meant for the whole of it."""
    replay.traveller.goto(store.state.position)
    last, pc, inside = store.address + store.size, store.state.pc, counting.loop.inside
    for state in replay.steps_from(store.state, Position(store.state.position.executed + LOOKED_ON, 0)):
        if state.pc == pc and state.registers[SP] == store.state.registers[SP]:
            found = effect_at(replay, state)
            written = found[1].stored if found is not None else ()
            last = max([last, *(one.memory.address(state.registers, pc) + one.place + one.size for one in written)])
        elif state.registers[SP] == store.state.registers[SP] and state.pc & ~1 not in inside:
            break
    return any(last == one.start + one.size for one in parts)


def _block(replay: Replay, store: Store, calls: Sequence[HeapCall]) -> HeapCall | None:
    """Return the block in use that the address of ``store`` was made from and lies behind, None where there is none."""
    begins = _begins(replay, store)
    stored = stored_by(replay, store)
    counted = None if stored is None else _counted(replay, store, stored)
    if counted is not None:
        begins += [counted[1].first, *_summands(replay, counted[0], counted[1].entered)]
    blocks: dict[int, HeapCall] = {}
    for call in calls:
        if call.position >= store.state.position:
            break
        blocks.pop(call.freed, None)
        if call.pointer:
            blocks[call.pointer] = call
    found = [blocks[begin] for begin in begins if begin in blocks]
    return next((one for one in found if 0 <= store.address - one.pointer - one.size < FARTHEST), None)


def _begins(replay: Replay, store: Store) -> list[int]:
    """Return the values that the address of ``store`` was made of."""
    stored = stored_by(replay, store)
    if stored is None:
        return []
    memory, state = stored.memory, store.state
    values = [state.registers[number] for number in (memory.base, memory.index_register) if 0 <= number < 13]
    if memory.base > 12:
        return values
    return values + _summands(replay, memory.base, state.position)


def _summands(replay: Replay, register: int, position: Position) -> list[int]:
    """Return the values that a pointer was made of."""
    try:
        made = find_pointer(replay, register, position)
    except (Unknown, TooFar):
        return []
    is_sum = made.source.kind == SUM
    return [made.state.registers[number] for number in made.source.registers if number < 13] if is_sum else []
